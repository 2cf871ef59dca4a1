package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"relance/engine"
	"relance/engine/intake"
)

// seer foresees an SMS of two parts and an email for everybody but those called "no".
type seer struct{ calls int }

func (*seer) Service(_ context.Context, _ engine.OrganisationID, id engine.ServiceID) (*engine.Service, error) {
	if id != "rsa" {
		return nil, &engine.Error{Code: engine.CodeNotFound, Op: "read", Message: "none"}
	}
	return &engine.Service{}, nil
}

func (*seer) Outlook(context.Context, engine.OrganisationID, engine.ServiceID) (*engine.Outlook, error) {
	return &engine.Outlook{}, nil
}

func (s *seer) Foresee(_ context.Context, _ engine.OrganisationID, reqs []engine.InviteRequest) ([]engine.Foreseen, error) {
	s.calls++
	out := make([]engine.Foreseen, len(reqs))
	for i, r := range reqs {
		out[i] = engine.Foreseen{
			Recipient: engine.RecipientID(r.Person.ExternalID), At: time.Unix(int64(r.Line), 0),
			Messages: []engine.ForeseenMessage{{Channel: engine.SMS, Parts: 2}, {Channel: engine.Email}},
		}
		switch r.Person.ExternalID {
		case "no":
			out[i] = engine.Foreseen{Err: &engine.Error{Code: engine.CodePending, Message: "no"}}
		case "mute":
			out[i].Messages[0].Fails = "too_long"
		}
	}
	return out, nil
}

func TestForesee(t *testing.T) {
	t.Parallel()
	text := "external_id,phone\np1,06 1\nno,06 2\nbroken,06 3,x,y\np1,06 1\nmute,06 4\n"
	for i := range 600 {
		text += fmt.Sprintf("q%d,06 5\n", i)
	}
	s := &seer{}
	f, err := intake.Foresee(t.Context(), s, "org_a", "rsa", strings.NewReader(text), intake.CSV)
	if err != nil {
		t.Fatal(err)
	}
	if f.Lines != 605 || f.Accepted != 602 || f.Refused != 3 || f.SMS != 601 || f.Parts != 1202 || f.Emails != 602 || s.calls != 3 {
		t.Errorf("%d lines, %d accepted, %d refused, %d SMS of %d parts, %d emails in %d calls", f.Lines, f.Accepted, f.Refused, f.SMS, f.Parts, f.Emails, s.calls)
	}
	if f.First.Unix() != 2 || f.Last.Unix() != 606 {
		t.Errorf("from %d to %d", f.First.Unix(), f.Last.Unix())
	}
	for i, l := range f.Results {
		if l.Line != i+2 || (l.Refused != nil) != (i == 1 || i == 2 || i == 3) {
			t.Fatalf("result %d is %+v", i, l)
		}
	}
	if code := f.Results[3].Refused.Code; code != engine.CodeAlreadyInvited {
		t.Errorf("the same person twice: %s", code)
	}
	if _, err := intake.Foresee(t.Context(), s, "org_a", "other", strings.NewReader(text), intake.CSV); engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("no service: %v", err)
	}
}
