package bounce_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"relance/channels"
	"relance/channels/bounce"
)

// report is a file of testdata, about address.
func report(t testing.TB, name, address string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(raw), "@TOKEN@", address)
	if strings.Contains(text, "\r") {
		return []byte(text)
	}
	return []byte(strings.ReplaceAll(text, "\n", "\r\n"))
}

func TestReports(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	const permanent, temporary, configuration = channels.Permanent, channels.Temporary, channels.Configuration
	type receipt = channels.Receipt
	undelivered := channels.StateUndelivered
	cases := map[string]struct {
		kind   bounce.Kind
		status string
		want   *receipt // nil: it changes nothing
	}{
		"postfix-unknown": {bounce.Failed, "5.1.1", &receipt{State: undelivered, Outcome: permanent, BadAddress: true}},
		"no-domain":       {bounce.Failed, "5.1.2", &receipt{State: undelivered, Outcome: permanent, BadAddress: true}},
		"exchange-base64": {bounce.Failed, "5.1.1", &receipt{State: undelivered, Outcome: permanent, BadAddress: true}},
		"vague":           {bounce.Failed, "5.1.10", &receipt{State: undelivered, Outcome: permanent, BadAddress: true}},
		"vaguest":         {bounce.Failed, "5.0.0", &receipt{State: undelivered, Outcome: permanent}},
		"no-action":       {bounce.Failed, "5.2.1", &receipt{State: undelivered, Outcome: permanent}},
		"full":            {bounce.Failed, "5.2.2", &receipt{State: undelivered, Outcome: temporary}},
		"expired":         {bounce.Failed, "4.4.7", &receipt{State: undelivered, Outcome: temporary}},
		"policy":          {bounce.Failed, "5.7.26", &receipt{State: undelivered, Outcome: configuration, Alert: true}},
		"sender":          {bounce.Failed, "5.1.8", &receipt{State: undelivered, Outcome: configuration, Alert: true}},
		"delivered":       {bounce.Delivered, "2.0.0", &receipt{State: channels.StateDelivered, Outcome: channels.Sent}},
		"list":            {bounce.Delivered, "2.1.5", &receipt{State: channels.StateDelivered, Outcome: channels.Sent}},
		"qmail":           {bounce.Failed, "5.1.1", &receipt{State: undelivered, Outcome: permanent, BadAddress: true}},
		"exim-old":        {bounce.Failed, "5.7.1", &receipt{State: undelivered, Outcome: configuration, Alert: true}},
		// A complaint is no receipt: the desk has a word of its own for it.
		"complaint":               {bounce.Complaint, "", nil},
		"complaint-returned-only": {bounce.Complaint, "", nil},
		"list-delayed":            {bounce.Delayed, "4.2.2", nil},
		"delayed":                 {bounce.Delayed, "4.4.1", nil},
		"relayed":                 {bounce.Nothing, "", nil},
		"not-spam":                {bounce.Nothing, "", nil},
		"holiday":                 {bounce.Nothing, "", nil},
		"daemon-without-code":     {bounce.Nothing, "", nil},
	}
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d files for %d cases: %v", len(files), len(cases), err)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := a.Parse(report(t, name, a.Return(message)))
			want := bounce.Report{Kind: c.kind, Status: c.status, Subject: bounce.Subject{Ticket: message.Ticket, ID: message.ID}, Known: true}
			if got != want {
				t.Fatalf("\n got %+v\nwant %+v", got, want)
			}
			checkReceipt(t, got, c.want)
			// The same about a message that is not ours changes nothing, whatever it says.
			if _, counts := a.Parse(report(t, name, "bounce+17-msg_1-aaaaaaaaaaaaaaaa@agence.example")).Receipt(); counts {
				t.Error("a forged token counts")
			}
		})
	}
}

func checkReceipt(t *testing.T, r bounce.Report, want *channels.Receipt) {
	t.Helper()
	got, counts := r.Receipt()
	if want == nil {
		if counts {
			t.Errorf("it counts: %+v", got)
		}
		return
	}
	if want.MessageID = message.ID; want.Code == "" {
		want.Code = r.Status
	}
	if want.State == channels.StateDelivered {
		want.Code = r.Status
	}
	if got.State == channels.StateUndelivered && got.Reason == "" || strings.Contains(got.Reason, "@") {
		t.Errorf("reason %q", got.Reason)
	}
	got.Reason = ""
	if !counts || got != *want {
		t.Errorf("\n got %+v\nwant %+v", got, *want)
	}
}

// TestTheEnvelopeSaysBestWhichMessage: what stands inside was written by whoever wrote it.
func TestTheEnvelopeSaysBestWhichMessage(t *testing.T) {
	t.Parallel()
	a := addresses(t)
	other := channels.Message{Ticket: "3", ID: "msg_other"}
	got := a.Parse(report(t, "postfix-unknown", a.Return(other)), a.Return(message))
	if !got.Known || got.Subject.ID != message.ID {
		t.Errorf("about %+v, want the message of the envelope", got.Subject)
	}
}

// FuzzParse: whatever comes, a report of a message is only ever about one whose address is
// in it, and nothing of the mail's own words but a status comes out.
func FuzzParse(f *testing.F) {
	a := addresses(f)
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".eml")
		f.Add(report(f, name, a.Return(message)), "")
		f.Add(report(f, name, "x@example.org"), a.Return(message))
	}
	f.Add([]byte("Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: multipart/report; boundary=a\n\n--a\n--a--"), "")
	f.Add([]byte("Content-Type: message/delivery-status\n\n \n:\n:x\nAction: failed\nFinal-Recipient:"), "<>")
	f.Fuzz(func(t *testing.T, raw []byte, to string) {
		got := a.Parse(raw, to)
		all := strings.ToLower(string(raw) + to)
		if got.Known && !strings.Contains(all, "@agence.example") && !strings.Contains(all, "=") && !strings.Contains(all, "base64") {
			t.Errorf("it is about %+v, which it does not name", got.Subject)
		}
		if len(got.Status) > 11 || strings.Trim(got.Status, "0123456789.") != "" {
			t.Errorf("status %q", got.Status)
		}
		if r, counts := got.Receipt(); counts && (!got.Known || r.MessageID == "" || !r.State.Final()) {
			t.Errorf("%+v makes the receipt %+v", got, r)
		}
	})
}
