package engine

import (
	"context"
	"time"

	"relance/engine/grammar"
)

// InboundRecord keeps what was received and what became of it. The text goes after six months (RULES
// §8), the rest with the person.
type InboundRecord struct {
	ID           string           `json:"id"`
	Organisation OrganisationID   `json:"organisation,omitempty"`
	Version      int64            `json:"-"`
	Recipient    RecipientID      `json:"recipient,omitempty"` // "": nobody here has the number
	Invitation   InvitationID     `json:"invitation,omitempty"`
	Question     grammar.Question `json:"question,omitempty"` // the one that was open
	Meaning      Meaning          `json:"meaning"`
	Choice       int              `json:"choice,omitempty"` // the number of the slot
	Did          Deed             `json:"did"`
	Unread       bool             `json:"unread,omitempty"` // staff should read it: listed until they say that they did
	From         string           `json:"from,omitempty"`   // only of a number nobody has: no other record has it
	Text         string           `json:"text,omitempty"`
	At           time.Time        `json:"at"`
	Next         *Step            `json:"next,omitempty"`
}

func (i *InboundRecord) recordID() string      { return i.ID }
func (i *InboundRecord) version() *int64       { return &i.Version }
func (i *InboundRecord) owner() OrganisationID { return i.Organisation }
func (i *InboundRecord) due() (string, *Step)  { return DueInbound, i.Next }

// Deed is what the engine did about a text.
type Deed string

// The deeds.
const (
	DidNothing   Deed = "nothing"        // thanks, a machine, or our own text: nothing to do
	DidConfirm   Deed = "confirmed"      // they come
	DidCancel    Deed = "cancelled"      // the appointment
	DidBook      Deed = "booked"         // the slot they chose
	DidMove      Deed = "moved"          // to the slot they chose
	DidDecline   Deed = "declined"       // the slots are free again; or the earlier one is for others
	DidNoteWish  Deed = "wish_noted"     // to be told of earlier slots, or no longer
	DidShow      Deed = "choices_sent"   // slots to choose from, or the link
	DidCall      Deed = "call_listed"    // see Call
	DidInform    Deed = "help_sent"      // who writes and what can be answered
	DidAskAgain  Deed = "not_understood" // helped if that had not been done that day; staff read it
	DidStop      Deed = "stopped"        // no more SMS
	DidStart     Deed = "started"        // SMS again
	DidTellState Deed = "state_sent"     // too late: where things stand, nothing changed
	DidSendPhone Deed = "phone_sent"     // the person may no longer do it by themselves
	DidNotGuess  Deed = "unclear"        // it may be for one of several: nobody guesses which
	DidNotKnow   Deed = "unknown_number" // nobody here has the number
)

// inboundID is one text's id in one organisation.
func (e *Engine) inboundID(org OrganisationID, in Inbound) string {
	return "inb_" + e.Links.hash("inbound", in.Provider+" "+in.ProviderID+" "+string(org))
}

// received is the record of a text, not yet of what it means; nil when it was applied before.
func (e *Engine) received(ctx context.Context, p Partition, org OrganisationID, in Inbound) (*InboundRecord, error) {
	id := e.inboundID(org, in)
	sh, err := e.fetch(ctx, p, id)
	if err != nil || sh.record(id).Version != 0 {
		return nil, err
	}
	now := e.Clock.Now()
	return &InboundRecord{
		ID: id, Organisation: org, Meaning: grammar.Unknown, Text: in.Text, At: now,
		Next: &Step{Kind: StepForget, At: now.AddDate(0, bodyMonths, 0)},
	}, nil
}

// file adds the record of a text to the change, and to the lists of those that staff look at.
func (c *Change) file(rec *InboundRecord) {
	entry := ListEntry{List: listOf("replies", rec.Organisation), Score: rec.At.UnixMilli(), Member: rec.ID}
	c.Lists = append(c.Lists, entry)
	if rec.Unread {
		entry.List = listUnread(rec.Organisation)
		c.Lists = append(c.Lists, entry)
	}
	c.put(rec)
}

func listUnread(org OrganisationID) string { return listOf("unread", org) }
