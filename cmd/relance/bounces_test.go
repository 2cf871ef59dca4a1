package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	gosmtp "github.com/emersion/go-smtp"

	"relance/channels"
	"relance/channels/smtp/smtptest"
	"relance/config"
	"relance/engine"
)

const mailOrg = engine.OrganisationID("departement-exemple")

// mailed is a process that sends through a mail server of the test, and reads its reports.
type mailed struct {
	t    *testing.T
	p    *process
	mail *smtptest.Server
	api  *client
	dir  string // Maildir
	key  string // the public half of the DKIM key, as in the DNS
}

func newMailed(t *testing.T) *mailed {
	t.Helper()
	server, err := smtptest.Start(smtptest.Config{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	m := &mailed{t: t, mail: server, dir: t.TempDir()}
	for _, part := range []string{"new", "cur", "tmp"} {
		if err := os.Mkdir(filepath.Join(m.dir, part), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	c := testConfig(t)
	c.Providers[1] = config.Provider{
		Name: "mail", Type: config.SMTP, Host: server.Host, Port: server.Port, Encryption: "none", From: "Rendez-vous <rdv@example.org>",
		DKIMSelector: "rdv", DKIMKeyFile: m.keyFile(),
	}
	c.Bounces = config.Bounces{
		Address: "bounce@example.org", Listen: "127.0.0.1:0", Protocol: "smtp", MaxSize: 100_000, Maildir: m.dir, Every: time.Hour,
	}
	c.PublicURL = "https://rdv.example.org"
	m.p, _ = runs(t, c)
	m.api, _ = newClient("http://"+m.p.public.address(), applySample(t, m.p))
	return m
}

func (m *mailed) keyFile() string {
	m.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		m.t.Fatal(err)
	}
	file := filepath.Join(m.t.TempDir(), "dkim.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.key = "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(public)
	return file
}

// invite invites people who have an email only, and gives what they got, by address.
func (m *mailed) invite(names ...string) map[string]smtptest.Mail {
	m.t.Helper()
	people := "external_id,email\n"
	for _, n := range names {
		people += n + "," + n + "@example.org\n"
	}
	var b batchAnswer
	err := m.api.call(m.t.Context(), "POST", "/v1/batches?service=orientation",
		&upload{body: strings.NewReader(people), size: int64(len(people)), contentType: "text/csv"}, &b)
	if err != nil || b.Accepted != len(names) {
		m.t.Fatalf("%+v %v", b, err)
	}
	out := map[string]smtptest.Mail{}
	for _, got := range m.wait(len(names)) {
		out[got.To[0]] = got
	}
	return out
}

func (m *mailed) wait(n int) []smtptest.Mail {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	mails, err := m.mail.Wait(ctx, n)
	if err != nil {
		m.t.Fatalf("%d emails came, want %d: %v", len(mails), n, err)
	}
	return mails
}

// message is the record of an email.
func (m *mailed) message(got smtptest.Mail) *engine.Message {
	m.t.Helper()
	id, _, _ := strings.Cut(got.MessageID, "@")
	msg, err := m.p.engine.Message(m.t.Context(), mailOrg, engine.MessageID(id))
	if err != nil {
		m.t.Fatal(err)
	}
	return msg
}

func (m *mailed) badEmail(got smtptest.Mail) string { return m.person(got).BadEmail }

// person is whom an email went to.
func (m *mailed) person(got smtptest.Mail) *engine.Recipient {
	m.t.Helper()
	r, err := m.p.engine.Recipient(m.t.Context(), mailOrg, m.message(got).Recipient)
	if err != nil {
		m.t.Fatal(err)
	}
	return r
}

// reported brings a report to the listener, as another mail server does.
func (m *mailed) reported(to, report string) error {
	m.t.Helper()
	c, err := gosmtp.Dial(m.p.bounces.listener.Address())
	if err != nil {
		m.t.Fatal(err)
	}
	defer c.Close()
	return c.SendMail("", []string{to}, strings.NewReader(report))
}

func notification(action, status string) string {
	return fmt.Sprintf("From: MAILER-DAEMON@mx.example.net\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"+
		"Final-Recipient: rfc822; somebody@example.org\r\nAction: %s\r\nStatus: %s\r\n--b--\r\n", action, status)
}

// Reports find the message they are about and nothing else: from the envelope an email left
// under, over a listener or a folder, to the record of the person.
func TestReportsComeBackToTheirMessage(t *testing.T) {
	t.Parallel()
	m := newMailed(t)
	got := m.invite("gone", "full", "late", "cross", "fine")
	gone, full, late, cross, fine := got["gone@example.org"], got["full@example.org"], got["late@example.org"], got["cross@example.org"], got["fine@example.org"]
	for range 2 { // doubled
		if err := m.reported(gone.Envelope.From, notification("failed", "5.1.1")); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.reported(late.Envelope.From, notification("delayed", "4.4.1")); err != nil {
		t.Fatal(err)
	}
	complaint := "Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n" +
		"Feedback-Type: abuse\r\nOriginal-Mail-From: <" + cross.Envelope.From + ">\r\n--b--\r\n"
	if err := m.reported("bounce+complaints@example.org", complaint); err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(fine.Envelope.From, string(m.message(fine).ID), string(m.message(gone).ID), 1)
	if err := m.reported(forged, notification("failed", "5.1.1")); err == nil {
		t.Error("a forged address is taken")
	}
	m.drop("To: " + full.Envelope.From + "\r\n" + notification("failed", "5.2.2"))
	if err := m.p.bounces.folder.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mail      smtptest.Mail
		delivered bool // as far as we know
		bad, code string
	}{
		{gone, false, "5.1.1", "5.1.1"}, {full, false, "", "5.2.2"}, {late, true, "", ""}, {cross, true, "", ""}, {fine, true, "", ""},
	} {
		msg := m.message(c.mail)
		if undelivered := msg.State == engine.MessageUndelivered; undelivered == c.delivered || msg.Code != c.code || m.badEmail(c.mail) != c.bad {
			t.Errorf("%s: %s %q (%s), bad address %q", c.mail.To[0], msg.State, msg.Reason, msg.Code, m.badEmail(c.mail))
		}
	}
	if left := m.person(cross).EmailOptedOutHow; left != engine.LeftByComplaint || m.message(cross).State != engine.MessageDelivered {
		t.Errorf("after a complaint the person left by %q, the email is %s", left, m.message(cross).State)
	}
	if _, text := body(t, "http://"+m.p.ops.address()+"/metrics"); !strings.Contains(text, `relance_bounces_total{kind="failed",known="true"} 3`) ||
		!strings.Contains(text, `relance_bounces_total{kind="complaint",known="true"} 1`) {
		t.Error("the reports are not counted")
	}
}

// drop puts a report into the folder.
func (m *mailed) drop(report string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, "new", "1"), []byte(report), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// An appointment's emails carry a calendar that is made, moved and cancelled, under one UID
// and with a SEQUENCE that goes up, and continue one another; all are signed.
func TestEmailsOfAnAppointment(t *testing.T) {
	t.Parallel()
	m := newMailed(t)
	first := m.invite("alix")["alix@example.org"]
	ctx, inv := t.Context(), m.message(first).Invitation
	now := m.p.engine.Clock.Now()
	free, err := m.p.engine.Slots(ctx, mailOrg, "orientation", now.AddDate(0, 0, 7), now.AddDate(0, 0, 21), 2)
	if err != nil || len(free) < 2 {
		t.Fatalf("%d slots: %v", len(free), err)
	}
	apt, err := m.p.engine.Book(ctx, engine.BookRequest{Organisation: mailOrg, Invitation: inv, Start: free[0].Start, By: engine.ByRecipient})
	if err != nil {
		t.Fatal(err)
	}
	m.wait(2)
	if _, err := m.p.engine.Reschedule(ctx, engine.MoveRequest{Organisation: mailOrg, Appointment: apt.ID, Start: free[1].Start, By: engine.ByRecipient}); err != nil {
		t.Fatal(err)
	}
	m.wait(3)
	if _, err := m.p.engine.Cancel(ctx, mailOrg, apt.ID, engine.ByRecipient); err != nil {
		t.Fatal(err)
	}
	mails := m.wait(4)
	for i, want := range []struct{ method, sequence string }{{"", ""}, {"REQUEST", "SEQUENCE:0"}, {"REQUEST", "SEQUENCE:1"}, {"CANCEL", "SEQUENCE:2"}} {
		got := mails[i]
		m.signed(got)
		if got.CalendarMethod != want.method {
			t.Errorf("email %d has the method %q, want %q", i, got.CalendarMethod, want.method)
		}
		if i == 0 {
			m.unsubscribes(got)
			continue
		}
		lines := strings.Split(got.Calendar, "\n")
		for _, line := range []string{want.sequence, "METHOD:" + want.method, "UID:" + string(apt.ID) + "@relance"} {
			if !slices.Contains(lines, line) {
				t.Errorf("the calendar of email %d has no %s:\n%s", i, line, got.Calendar)
			}
		}
		if got.Header.Get("References") != "<"+first.MessageID+">" || got.Header.Get("Auto-Submitted") != "auto-generated" || got.Header.Has("List-Unsubscribe") {
			t.Errorf("email %d: %v", i, got.Header)
		}
	}
}

// unsubscribes follows the button of an email, as a mail program does: one POST, which is not redirected.
func (m *mailed) unsubscribes(got smtptest.Mail) {
	m.t.Helper()
	address := strings.Trim(got.Header.Get("List-Unsubscribe"), "<>")
	path, ok := strings.CutPrefix(address, "https://rdv.example.org")
	if !ok || got.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		m.t.Fatalf("the button is %q, %q", address, got.Header.Get("List-Unsubscribe-Post"))
	}
	signed := got.Header.Get("DKIM-Signature")
	if n := strings.Count(strings.ToLower(strings.Join(strings.Fields(signed), "")), "list-unsubscribe"); n != 2 {
		m.t.Errorf("%d of the two headers are signed: %s", n, signed)
	}
	resp, err := http.Post("http://"+m.p.public.address()+path, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK || m.person(got).EmailOptedOutHow != engine.LeftByOneClick {
		m.t.Errorf("the button answers %d, the person left by %q", resp.StatusCode, m.person(got).EmailOptedOutHow)
	}
}

func (m *mailed) signed(got smtptest.Mail) {
	m.t.Helper()
	all, err := dkim.VerifyWithOptions(bytes.NewReader(got.Raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != "rdv._domainkey.example.org" {
			m.t.Errorf("the key is looked for at %s", name)
		}
		return []string{m.key}, nil
	}})
	if err != nil || len(all) != 1 || all[0].Err != nil {
		m.t.Errorf("the signature does not hold: %v %+v", err, all)
	}
}

func TestBouncesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*config.Config){
		"bounces.maildir": func(c *config.Config) { c.Bounces.Maildir = filepath.Join(t.TempDir(), "nowhere") },
		"bounces.listen":  func(c *config.Config) { c.Bounces.Listen = "127.0.0.1:99999" },
		"dkim_key_file":   func(c *config.Config) { c.Providers[1].DKIMKeyFile = "/nowhere/dkim.pem" },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c := testConfig(t)
			c.Providers[1] = config.Provider{Name: "mail", Type: config.SMTP, Host: "127.0.0.1", Encryption: "none", From: "rdv@example.org"}
			c.Bounces.Address = "bounce@example.org"
			change(&c)
			if err := run(t.Context(), c, surroundings{clock: engine.WallClock{}, log: quietly()}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
}

// The listener speaks TLS with the certificate that is in the files at that moment.
func TestBouncesOverTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(web.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*pem.Block{
		"tls.pem": {Type: "CERTIFICATE", Bytes: web.TLS.Certificates[0].Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: der},
	}
	for name, block := range files {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := config.Bounces{Address: "bounce@example.org", Listen: "127.0.0.1:0", Certificate: filepath.Join(dir, "tls.pem"), Key: filepath.Join(dir, "key.pem")}
	l, err := listenForBounces(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Start()
	defer l.Stop(t.Context())
	trust := web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c, err := gosmtp.DialStartTLS(l.Address(), &tls.Config{RootCAs: trust, ServerName: "example.com"})
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	b.Key = filepath.Join(dir, "nowhere.pem")
	if _, err := listenForBounces(b, nil); err == nil || !strings.Contains(err.Error(), "bounces.certificate") {
		t.Errorf("%v", err)
	}
}

// goneEngine is an engine that does not know what it is told about.
type goneEngine struct{ err error }

func (g goneEngine) Receive(context.Context, engine.Partition, engine.MessageID, engine.Receipt) error {
	return g.err
}

func (g goneEngine) Complain(context.Context, engine.Partition, engine.MessageID) error { return g.err }

func TestReportsThatCannotBeApplied(t *testing.T) {
	t.Parallel()
	got := channels.Receipt{MessageID: "msg_1", State: channels.StateUndelivered}
	for code, again := range map[engine.Code]bool{
		engine.CodeInvalid: false, engine.CodeNotFound: false, engine.CodeWrongState: false,
		engine.CodeUnavailable: true, engine.CodeConflict: true, engine.CodeInternal: true,
	} {
		r := receipts{goneEngine{&engine.Error{Code: code}}, quietly()}
		if err := r.Receive(t.Context(), "1", got); (err != nil) != again {
			t.Errorf("%s: %v", code, err)
		}
		if err := r.Complain(t.Context(), "1", "msg_1"); (err != nil) != again {
			t.Errorf("a complaint, %s: %v", code, err)
		}
	}
	for _, ticket := range []string{"", "x", "-1", "64", "999"} {
		r := receipts{goneEngine{context.Canceled}, quietly()}
		if err := r.Receive(t.Context(), ticket, got); err != nil {
			t.Errorf("ticket %q reaches the engine", ticket)
		}
	}
}
