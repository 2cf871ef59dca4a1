package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"relance/config"
)

func TestLogsHoldNoPersonalData(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := newLogger(&out, config.Log{Level: "info", Format: format})
		for _, secret := range []string{
			"+33639980012", "0639980012", "06 39 98 00 12", "06.39.98.00.12", "06-39-98-00-12", "0033639980012", "+33 6 39 98 00 12",
			"awa.diallo@example.org", "o'neil+x@mail.example.org", "/r/k7mp2rstvw4xyz", "rk.org_1.key_2.secret",
		} {
			log.Info("sent to "+secret+" today", "value", secret, "error", errors.New("bad "+secret+"!"), "list", []string{secret})
			log.With("to", secret).WithGroup("g").Warn("m", "again", secret)
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s: printed %q in %s", format, secret, out.String())
			}
			out.Reset()
		}
	}
}

func TestLogsKeepWhatOpsNeed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newLogger(&out, config.Log{Level: "warn", Format: "text"})
	keep := []any{
		"id", "msg_01kahm4s4z9wz0r3q7c0v8x2y1", "at", time.Date(2026, 5, 14, 9, 1, 2, 123456789, time.UTC),
		"address", "127.0.0.1:8080", "took", 1234567890 * time.Nanosecond, "count", 612345678, "unix", "1763766000000",
		"stamp", "2026-05-14T09:00:01.123456789Z", "route", "/r/{token}/book",
	}
	log.Warn("done", keep...)
	if strings.Contains(out.String(), hidden) {
		t.Errorf("too much is hidden: %s", out.String())
	}
	log.Info("not shown")
	if strings.Contains(out.String(), "not shown") {
		t.Error("the level is not kept")
	}
}
