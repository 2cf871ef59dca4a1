package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"relance/engine"
	"relance/engine/intake"
)

// BatchPreview is what a batch would do: the answer to ?dry_run=true, of which nothing is stored. It is
// about the first messages: relances and what follows depend on what people do (relance simulate).
type BatchPreview struct {
	DryRun   bool             `json:"dry_run"`
	Service  engine.ServiceID `json:"service"`
	Lines    int              `json:"lines"`
	Accepted int              `json:"accepted"`
	Refused  int              `json:"refused"`
	SMS      int              `json:"sms" doc:"First messages by SMS that would leave"`
	Parts    int              `json:"sms_parts" doc:"What these are billed as"`
	Price    float64          `json:"sms_price,omitempty" doc:"Of a part, as the organisation's sms_price says today"`
	Cost     *float64         `json:"cost,omitempty" doc:"sms_parts × sms_price, to the cent: of the first messages alone, relances and reminders come on top; absent without a price"`
	Emails   int              `json:"emails" doc:"First messages by email that would leave"`
	FirstAt  *time.Time       `json:"first_at,omitempty" doc:"When the first message would leave, quiet hours observed; with the organisation's offset"`
	LastAt   *time.Time       `json:"last_at,omitempty" doc:"Of those whose time is known"`
	Waiting  *Waiting         `json:"waiting,omitempty" doc:"How many would wait for slots to open, why, and until when the last of them at the latest. Absent: nobody"`
	Results  []PreviewLine    `json:"results" doc:"In the order of the lines"`
}

// PreviewLine is what one line would do: messages at a time, or a refusal.
type PreviewLine struct {
	Line     int              `json:"line"`
	At       *time.Time       `json:"at,omitempty" doc:"When the messages would leave; of who waits, at the latest. Absent: not within a year"`
	Waiting  *Waiting         `json:"waiting,omitempty" doc:"Why the person would wait to be invited"`
	Messages []PreviewMessage `json:"messages,omitempty"`
	Refused  *Refusal         `json:"refused,omitempty"`
}

// PreviewMessage is a message that would be sent.
type PreviewMessage struct {
	Channel engine.Channel `json:"channel" enum:"sms,email"`
	Parts   int            `json:"parts,omitempty" doc:"Of an SMS"`
	Fails   string         `json:"fails,omitempty" doc:"Why it would not leave: too_long, template, opted_out"`
}

func previewOf(service engine.ServiceID, f *intake.Foreseen, price float64) BatchPreview {
	out := BatchPreview{
		DryRun: true, Service: service, Lines: f.Lines, Accepted: f.Accepted, Refused: f.Refused,
		SMS: f.SMS, Parts: f.Parts, Price: price, Cost: costOf(int64(f.Parts), price), Emails: f.Emails, Results: each(f.Results, previewLineOf),
	}
	if !f.First.IsZero() {
		out.FirstAt, out.LastAt = &f.First, &f.Last
	}
	out.Waiting = waitingOf(f.Waiting)
	return out
}

func previewLineOf(l intake.ForeseenLine) PreviewLine {
	out := PreviewLine{Line: l.Line}
	if l.Refused != nil {
		out.Refused = batchLineOf(engine.BatchLine{Refused: l.Refused}).Refused
		return out
	}
	if !l.At.IsZero() {
		out.At = &l.At
	}
	out.Waiting = waitingOf(l.Waiting)
	out.Messages = each(l.Messages, func(m engine.ForeseenMessage) PreviewMessage { return PreviewMessage(m) })
	return out
}

// preview answers what a batch would do; an Idempotency-Key means nothing to it.
func (s *server) preview(w http.ResponseWriter, r *http.Request, service engine.ServiceID, format intake.Format) error {
	body := s.batchBody(w, r)
	f, err := intake.Foresee(r.Context(), s.verbs, orgOf(r.Context()), service, body, format)
	if err != nil {
		return body.why(err)
	}
	o, err := s.verbs.Organisation(r.Context(), orgOf(r.Context()))
	if err != nil {
		return problemOf(err)
	}
	text, _ := json.Marshal(previewOf(service, f, o.SMSPrice)) // plain fields cannot fail
	answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: append(text, '\n')}.write(w, false)
	return nil
}

// dryRun takes dry_run out of the parameters of a batch.
func dryRun(r *http.Request, p *Problem) bool {
	text := r.URL.Query().Get("dry_run")
	if text == "" {
		return false
	}
	dry, err := strconv.ParseBool(text)
	if err != nil {
		p.Errors = append(p.Errors, Fault{Parameter: "dry_run", Code: "invalid", Detail: "must be true or false"})
	}
	return dry
}
