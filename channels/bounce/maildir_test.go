package bounce_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"relance/channels/bounce"
)

// folder is a Maildir with nothing in it.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(dir, part), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func put(t *testing.T, dir, name string, raw []byte) {
	t.Helper()
	draft := filepath.Join(dir, "tmp", name)
	if err := os.WriteFile(draft, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, filepath.Join(dir, "new", name)); err != nil {
		t.Fatal(err)
	}
}

func in(t *testing.T, dir, part string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, part))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestMaildir(t *testing.T) {
	t.Parallel()
	a, b, dir := addresses(t), &book{down: true}, folder(t)
	m, err := bounce.OpenMaildir(bounce.MaildirConfig{Dir: dir, MaxSize: 4000, Desk: &bounce.Desk{Addresses: a, Receiver: b}})
	if err != nil {
		t.Fatal(err)
	}
	about := a.Return(message)
	put(t, dir, "1.unknown", report(t, "postfix-unknown", about))
	put(t, dir, "2.delayed", report(t, "delayed", about))
	put(t, dir, "3.holiday", report(t, "holiday", about))
	put(t, dir, "4.forged,S=1:2,", report(t, "postfix-unknown", "bounce+17-msg_1-aaaaaaaaaaaaaaaa@agence.example"))
	put(t, dir, "5.long", bytes.Repeat([]byte("long\n"), 1000))
	err = m.Look(t.Context())
	if err == nil || in(t, dir, "new") != "1.unknown" {
		t.Errorf("error %v, left %q: what cannot be applied stays", err, in(t, dir, "new"))
	}
	if got, want := in(t, dir, "cur"), "3.holiday:2,S 4.forged,S=1:2,S 5.long:2,S"; got != want {
		t.Errorf("for people: %q, want %q", got, want)
	}
	b.set(false)
	for range 2 {
		if err := m.Look(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got := b.receipts(); len(got) != 1 || got[0].Code != "5.1.1" || in(t, dir, "new") != "" {
		t.Errorf("receipts %+v, left %q", got, in(t, dir, "new"))
	}
}

func TestMaildirStarts(t *testing.T) {
	t.Parallel()
	b, dir := &book{in: make(chan struct{}), hold: make(chan struct{})}, folder(t)
	m, err := bounce.OpenMaildir(bounce.MaildirConfig{Dir: dir, Every: time.Millisecond, Desk: &bounce.Desk{Addresses: addresses(t), Receiver: b}})
	if err != nil {
		t.Fatal(err)
	}
	m.Start(t.Context())
	put(t, dir, "1", report(t, "full", addresses(t).Return(message)))
	<-b.in
	b.hold <- struct{}{}
	m.Stop()
	m.Stop()
	if len(b.receipts()) != 1 || in(t, dir, "new") != "" {
		t.Error("the report that was being applied must be")
	}
}

// TestMaildirErrorsNameNoFile: mail servers write addresses into them.
func TestMaildirErrorsNameNoFile(t *testing.T) {
	t.Parallel()
	dir, logged := folder(t), make(chan string, 100)
	put(t, dir, "1.personne1@example.org", report(t, "full", addresses(t).Return(message)))
	m, err := bounce.OpenMaildir(bounce.MaildirConfig{
		Dir: dir, Every: time.Millisecond, Desk: &bounce.Desk{Addresses: addresses(t), Receiver: &book{down: true}},
		Log: slog.New(slog.NewTextHandler(lines(logged), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Start(t.Context())
	text := <-logged
	m.Stop()
	if strings.Contains(text, "personne1") || !strings.Contains(text, "the store is away") {
		t.Errorf("logged %s", text)
	}
}

type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default:
	}
	return len(p), nil
}

func TestOpenMaildirRefuses(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "nowhere")} {
		if _, err := bounce.OpenMaildir(bounce.MaildirConfig{Dir: dir}); err == nil {
			t.Errorf("%s is taken", dir)
		}
	}
}

// Example shows the way of a report: from the address a message went out under to a receipt.
func Example() {
	a, err := bounce.NewAddresses("bounce@agence.example", []byte(secret))
	if err != nil {
		panic(err)
	}
	mail := "To: " + a.Return(message) + `
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; personne@example.org
Action: failed
Status: 5.1.1
--b--
`
	r, counts := a.Parse([]byte(mail)).Receipt()
	fmt.Println(r.MessageID, r.State, r.Code, r.BadAddress, counts)
	// Output: msg_01jdk3v8q2m5r7t9w1x3y5z7ab undelivered 5.1.1 true true
}
