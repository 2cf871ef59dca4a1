package engine

import (
	"context"
	"time"
)

// Call is a person who asked to be called, by a reply such as APPEL.
type Call struct {
	ID           CallID         `json:"id"`
	Organisation OrganisationID `json:"organisation"`
	Version      int64          `json:"-"`
	Recipient    RecipientID    `json:"recipient"`
	Invitation   InvitationID   `json:"invitation"`      // the one they were asked about last
	Service      ServiceID      `json:"service"`         // of it
	Reply        string         `json:"reply,omitempty"` // the text that asked: an InboundRecord
	Since        time.Time      `json:"since"`
	Told         MessageID      `json:"told,omitempty"`    // the SMS that acknowledged it; "": the number had its share of replies
	DoneAt       *time.Time     `json:"done_at,omitempty"` // when staff called, or dealt with it
}

// CallAsked is what an invitation knows of the call that somebody waits for.
type CallAsked struct {
	ID    CallID    `json:"id"`
	Since time.Time `json:"since"`
}

func (k *Call) recordID() string      { return string(k.ID) }
func (k *Call) version() *int64       { return &k.Version }
func (k *Call) owner() OrganisationID { return k.Organisation }
func (k *Call) minted()               {}

func listCalls(org OrganisationID) string { return listOf("calls", org) }

// callMe puts the person on the call list, and says so. Somebody who waits there already waits on: they
// are told once.
func (d *dossier) callMe(ctx context.Context, c *Change) error {
	d.did = DidCall
	d.opened(c)
	k, err := d.callWaiting(ctx)
	if err != nil {
		return err
	}
	if k == nil {
		k = &Call{
			ID: CallID(d.e.Minter.Mint("call", d.now)), Organisation: d.o.ID, Recipient: d.r.ID, Invitation: d.inv.ID,
			Service: d.inv.Service, Reply: d.text.ID, Since: d.now,
		}
		c.Lists = append(c.Lists, ListEntry{List: listCalls(d.o.ID), Score: d.now.UnixMilli(), Member: string(k.ID)})
		c.emit(d.event(EventCallAsked))
		d.r.Call, d.r.Calls, d.saveR = k.ID, append(d.r.Calls, k.ID), true
		d.waits(c, func() { d.inv.Call = &CallAsked{k.ID, k.Since} })
	}
	if k.Told == "" {
		k.Told = d.answer(c, KindReplyCall)
		c.put(k)
	}
	return nil
}

// callWaiting is the person's call on the list; nil when there is none.
func (d *dossier) callWaiting(ctx context.Context) (*Call, error) {
	if d.r.Call == "" {
		return nil, nil
	}
	return read[Call](ctx, d.e, d.o.ID, string(d.r.Call))
}

// called takes the call that the invitation waits for off the list; nothing when it waits for none.
func (d *dossier) called(ctx context.Context, c *Change) error {
	if d.inv.Call == nil {
		return nil
	}
	k, err := read[Call](ctx, d.e, d.o.ID, string(d.inv.Call.ID))
	if err != nil {
		return err
	}
	d.uncall(c, k)
	return nil
}

// uncall notes that staff dealt with the call.
func (d *dossier) uncall(c *Change, k *Call) {
	k.DoneAt = at(d.now)
	c.put(k)
	c.Lists = append(c.Lists, ListEntry{List: listCalls(d.o.ID), Member: string(k.ID), Remove: true})
	c.emit(d.event(EventCallDone))
	if d.r.Call == k.ID {
		d.r.Call, d.saveR = "", true
	}
	if d.inv.Call != nil && d.inv.Call.ID == k.ID {
		d.waits(c, func() { d.inv.Call = nil })
	}
}

// Calls pages through the people to call, those who wait longest first.
func (e *Engine) Calls(ctx context.Context, org OrganisationID, cursor string, limit int) ([]*Call, string, error) {
	return page[Call](ctx, e, org.Partition(), listCalls(org), cursor, limit)
}

// Call reads one, done or not; CodeNotFound.
func (e *Engine) Call(ctx context.Context, org OrganisationID, id CallID) (*Call, error) {
	return read[Call](ctx, e, org, string(id))
}

// MarkCalled takes a person off the call list: staff called them. Again changes nothing. CodeNotFound.
func (e *Engine) MarkCalled(ctx context.Context, org OrganisationID, id CallID) (*Call, error) {
	var out *Call
	err := e.change(ctx, "mark called", org.Partition(), func() (*Change, error) {
		k, err := e.Call(ctx, org, id)
		if err != nil {
			return nil, err
		}
		if out = k; k.DoneAt != nil {
			return nil, nil
		}
		d, err := e.dossier(ctx, org, k.Invitation)
		if err != nil {
			return nil, err
		}
		c := &Change{}
		d.uncall(c, k)
		return d.save(c), nil
	})
	return out, err
}
