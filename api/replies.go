package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
	"relance/engine/grammar"
)

// replyVerbs are about texts that people sent.
type replyVerbs interface {
	Replies(ctx context.Context, org engine.OrganisationID, unread bool, cursor string, limit int) ([]*engine.InboundRecord, string, error)
	ReplyRecord(ctx context.Context, org engine.OrganisationID, id string) (*engine.InboundRecord, error)
	StrayReplies(ctx context.Context, cursor string, limit int) ([]*engine.InboundRecord, string, error)
	MarkRead(ctx context.Context, org engine.OrganisationID, id string) (*engine.InboundRecord, error)
	Conversation(ctx context.Context, org engine.OrganisationID, id engine.RecipientID, cursor string, limit int) ([]engine.Line, string, error)
}

// Understood is what the engine made of a text.
type Understood struct {
	Question grammar.Question `json:"question,omitempty" enum:"invitation,appointment,offer,freed_slot" doc:"The open question it was read as an answer to; absent: none"`
	Meaning  grammar.Meaning  `json:"meaning" enum:"yes,change,cancel,choice,decline,earlier,keep,call,help,stop,thanks,automatic,unknown" doc:"choice: a slot of an offer; decline: none of them; earlier, keep: wants to be told of an earlier slot, or not; automatic: a machine wrote it, or it is our own text"`
	Choice   int              `json:"choice,omitempty" doc:"The number of the slot"`
	Did      engine.Deed      `json:"did" enum:"nothing,confirmed,cancelled,booked,moved,declined,wish_noted,choices_sent,call_listed,help_sent,not_understood,stopped,state_sent,phone_sent,unclear,unknown_number" doc:"state_sent: too late, nothing changed. phone_sent: the person may no longer do it by themselves. unclear: it may be for another organisation that writes from this number; its words are not kept. unknown_number: nobody here has the number"`
	Unread   bool             `json:"unread,omitempty" doc:"Staff should read it"`
}

func understoodOf(in *engine.InboundRecord) Understood {
	return Understood{in.Question, in.Meaning, in.Choice, in.Did, in.Unread}
}

// Reply is a text that somebody sent.
type Reply struct {
	ID         string              `json:"id"`
	Recipient  engine.RecipientID  `json:"recipient,omitempty" doc:"Absent: nobody here has the number"`
	Invitation engine.InvitationID `json:"invitation,omitempty"`
	At         time.Time           `json:"at"`
	From       string              `json:"from,omitempty" doc:"The number, only where nobody here has it"`
	Text       string              `json:"text,omitempty" doc:"While it is kept: six months"`
	Understood
	Version int64 `json:"version"`
}

func replyOf(in *engine.InboundRecord) Reply {
	return Reply{in.ID, in.Recipient, in.Invitation, in.At, in.From, in.Text, understoodOf(in), in.Version}
}

type replies struct {
	*server
	verbs replyVerbs
}

const (
	repliesPath = "/v1/replies"
	straysPath  = "/v1/stray-replies"
)

func (h replies) register(a huma.API) {
	huma.Register(a, operation("list-replies", http.MethodGet, repliesPath, forOrganisation, "List texts that people sent",
		"Oldest first, while their words are kept. unread=true: those that staff should read, because they were not understood, "+
			"came from a number nobody has, or may be for another organisation."), h.list)
	huma.Register(a, operation("get-reply", http.MethodGet, repliesPath+"/{reply}", forOrganisation, "Read a text that somebody sent", ""), h.get)
	huma.Register(a, operation("mark-reply-read", http.MethodPost, repliesPath+"/{reply}/read", forOrganisation, "Mark a text as read",
		"It is off the list of those to read. Again changes nothing."), h.read)
	huma.Register(a, operation("list-stray-replies", http.MethodGet, straysPath, forAdmin, "List texts that are nobody's",
		"From numbers nobody has, sent to a number that several organisations write from."), h.stray)
	huma.Register(a, operation("list-recipient-messages", http.MethodGet, "/v1/recipients/{recipient}/messages", forOrganisation, "Read the conversation with a person",
		"All that was written to them and by them, of every invitation, oldest first. Words are there while they are kept: six months. "+
			"An address that opens the person's appointment is shown as …."), h.conversation)
}

func (h replies) list(ctx context.Context, in *struct {
	Paging
	Unread bool `query:"unread" doc:"Only those that staff should read"`
}) (*pageOut[Reply], error) {
	all, next, err := h.verbs.Replies(ctx, orgOf(ctx), in.Unread, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	out := pageOf(h.server, repliesPath, in.Paging, each(all, replyOf), next)
	if next != "" && in.Unread {
		out.Link = h.next(repliesPath, url.Values{"unread": {"true"}, "cursor": {next}, "limit": {strconv.Itoa(in.Limit)}})
	}
	return out, nil
}

func (h replies) stray(ctx context.Context, in *Paging) (*pageOut[Reply], error) {
	all, next, err := h.verbs.StrayReplies(ctx, in.Cursor, in.Limit)
	if err != nil {
		return nil, problemOf(err)
	}
	return pageOf(h.server, straysPath, *in, each(all, replyOf), next), nil
}

// AtReply names the text in the path.
type AtReply struct {
	Reply string `path:"reply" maxLength:"64" doc:"The text's id"`
}

func (h replies) get(ctx context.Context, in *AtReply) (*one[Reply], error) {
	return h.with(ctx, in, h.verbs.ReplyRecord)
}

func (h replies) read(ctx context.Context, in *AtReply) (*one[Reply], error) {
	return h.with(ctx, in, h.verbs.MarkRead)
}

func (h replies) with(ctx context.Context, in *AtReply, do func(context.Context, engine.OrganisationID, string) (*engine.InboundRecord, error)) (*one[Reply], error) {
	if err := ofKind(in.Reply, "inb_"); err != nil {
		return nil, err
	}
	rec, err := do(ctx, orgOf(ctx), in.Reply)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Reply]{replyOf(rec)}, nil
}
