package store

import (
	"testing"

	"relance/engine"
)

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add(formatCursor(engine.Listed{Score: -12, Member: "inv:1"}))
	f.Add("MTI6")
	f.Fuzz(func(t *testing.T, cursor string) {
		l, err := parseCursor(cursor)
		if err != nil {
			if engine.CodeOf(err) != engine.CodeInvalid {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if again, err := parseCursor(formatCursor(l)); err != nil || again != l {
			t.Errorf("%v comes back as %v, %v", l, again, err)
		}
	})
}

func FuzzMember(f *testing.F) {
	f.Add("1780000000:1780001800:apt_1:2")
	f.Add("1780000000:1780001800s12u1780000900:rcp_1")
	f.Add("::")
	f.Add("-5:7")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseMember("cal", text)
		if err != nil {
			return
		}
		if again, err := parseMember("cal", member(c)); err != nil || again != c {
			t.Errorf("%+v comes back as %+v, %v", c, again, err)
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add("12\n{}")
	f.Add("12")
	f.Add("\n")
	f.Fuzz(func(t *testing.T, value string) {
		r, err := parseRecord("id", value)
		if err == nil && r.Version != 0 && !validPrefix(value, r) {
			t.Errorf("%q is read as version %d, body %q", value, r.Version, r.Body)
		}
	})
}

func validPrefix(value string, r engine.Record) bool {
	return len(value) > len(r.Body) && value[len(value)-len(r.Body)-1] == '\n'
}
