package engine_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"relance/calendars"
	"relance/engine"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain, k, err := w.e.IssueKey(w.ctx, w.org, "the case manager's tool")
	w.must(k, err)
	other, _, err := w.e.IssueKey(w.ctx, w.org, "another")
	w.must(nil, err)
	org, id, err := w.e.Authenticate(w.ctx, plain)
	w.must(nil, err)
	if org != w.org || id != k.ID {
		t.Errorf("the key is of %s %s", org, id)
	}
	for name, wrong := range map[string]string{
		"nothing": "", "no parts": "rk", "one letter other": plain[:len(plain)-1] + "!", "longer": plain + "a", "no prefix": plain[3:],
		"another organisation": strings.Replace(plain, string(w.org), "org_none", 1), "another's secret": plain[:strings.LastIndexByte(plain, '.')] + other[strings.LastIndexByte(other, '.'):],
		"no secret": plain[:strings.LastIndexByte(plain, '.')+1], "a record that is no organisation": "rk.srv:org_test:rsa.key.secret", "dots": "rk....",
	} {
		if _, _, err := w.e.Authenticate(w.ctx, wrong); engine.CodeOf(err) != engine.CodeNotFound {
			t.Errorf("%s: answered %v", name, err)
		}
	}
	secret := plain[strings.LastIndexByte(plain, '.')+1:]
	for _, e := range w.everything() {
		if strings.Contains(e.text, secret) {
			t.Errorf("%s holds the key in clear", e.key)
		}
	}
	w.must(w.e.SaveOrganisation(w.ctx, engine.Organisation{ID: w.org, Name: "Renamed", Phone: "01 02 03 04 05"}))
	if _, _, err := w.e.Authenticate(w.ctx, plain); err != nil {
		t.Errorf("after a change of the organisation the key answers %v", err)
	}
	w.must(nil, w.e.RevokeKey(w.ctx, w.org, k.ID))
	w.must(nil, w.e.RevokeKey(w.ctx, w.org, k.ID))
	if _, _, err := w.e.Authenticate(w.ctx, plain); engine.CodeOf(err) != engine.CodeNotFound {
		t.Errorf("a revoked key answers %v", err)
	}
	if _, _, err := w.e.Authenticate(w.ctx, other); err != nil {
		t.Errorf("the other key answers %v", err)
	}
	wantCode(t, w.e.RevokeKey(w.ctx, w.org, "key_none"), engine.CodeNotFound)
	_, _, err = w.e.IssueKey(w.ctx, w.org, " ")
	wantCode(t, err, engine.CodeInvalid)
	_, _, err = w.e.IssueKey(w.ctx, "org_none", "x")
	wantCode(t, err, engine.CodeNotFound)
}

// pointers are where the mistakes of an error are.
func pointers(err error) []string {
	var e *engine.Error
	var out []string
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out = append(out, f.Pointer)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wantPointers(t *testing.T, name string, err error, want ...string) {
	t.Helper()
	slices.Sort(want)
	if len(want) > 0 && engine.CodeOf(err) != engine.CodeInvalid || !slices.Equal(pointers(err), want) {
		t.Errorf("%s: %v\n\thas mistakes at %v, want %v", name, err, pointers(err), want)
	}
}

func TestAnOrganisationThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := engine.Organisation{ID: "org_good", Name: "Agence", Phone: "01 02 03 04 05"}
	for name, c := range map[string]struct {
		change func(*engine.Organisation)
		want   []string
	}{
		"nothing wrong":      {func(*engine.Organisation) {}, nil},
		"no name":            {func(o *engine.Organisation) { o.Name = " " }, []string{"/name"}},
		"a long name":        {func(o *engine.Organisation) { o.Name = strings.Repeat("a", 81) }, []string{"/name"}},
		"no zone":            {func(o *engine.Organisation) { o.Zone = "Paris" }, []string{"/zone"}},
		"the machine's zone": {func(o *engine.Organisation) { o.Zone = "Local" }, []string{"/zone"}},
		"no region":          {func(o *engine.Organisation) { o.Region = "XX" }, []string{"/region"}},
		"a sender of twelve": {func(o *engine.Organisation) { o.SMS.From = "DEPARTEMENTS" }, []string{"/sms/from"}},
		"a sender in two":    {func(o *engine.Organisation) { o.SMS.From = "MON CD" }, []string{"/sms/from"}},
		"a mute sender":      {func(o *engine.Organisation) { o.SMS = engine.Sender{From: "DEPT", Replies: true} }, []string{"/sms/replies"}},
		"a sender of digits": {func(o *engine.Organisation) { o.SMS = engine.Sender{From: "38123", Replies: true} }, nil},
		"quiet all day":      {func(o *engine.Organisation) { o.Quiet = engine.QuietHours{From: "20:00", Until: "08:00"} }, []string{"/quiet_hours"}},
		"no hour":            {func(o *engine.Organisation) { o.Quiet.Until = "25:00" }, []string{"/quiet_hours"}},
		"until midnight":     {func(o *engine.Organisation) { o.Quiet.Until = "24:00" }, nil},
		"kept too long":      {func(o *engine.Organisation) { o.RetentionMonths = 37 }, []string{"/retention_months"}},
		"all at once": {func(o *engine.Organisation) {
			*o = engine.Organisation{ID: "not an id", Zone: "x", Region: "x", RetentionMonths: -1, SMS: engine.Sender{From: "?"}}
		}, []string{"/id", "/name", "/phone", "/zone", "/region", "/sms/from", "/retention_months"}},
	} {
		o := good
		c.change(&o)
		_, err := w.e.SaveOrganisation(w.ctx, o)
		wantPointers(t, name, err, c.want...)
	}
}

func TestAServiceThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := engine.Service{ID: "s", Name: "Orientation", DurationMin: 30, Calendars: []engine.CalendarID{"desk-1"}}
	for name, c := range map[string]struct {
		change func(*engine.Service)
		want   []string
	}{
		"nothing wrong":       {func(*engine.Service) {}, nil},
		"no calendar":         {func(s *engine.Service) { s.Calendars = nil }, []string{"/calendars"}},
		"an unknown calendar": {func(s *engine.Service) { s.Calendars = append(s.Calendars, "desk-9") }, []string{"/calendars/1"}},
		"no duration":         {func(s *engine.Service) { s.DurationMin = 0 }, []string{"/duration_min"}},
		"too many cases":      {func(s *engine.Service) { s.DurationMin, s.HorizonDays = 721, 366 }, []string{"/duration_min", "/horizon_days"}},
		"valid for ever":      {func(s *engine.Service) { s.ValidityDays = hours(0) }, nil},
		"valid too long":      {func(s *engine.Service) { s.ValidityDays = hours(366) }, []string{"/validity_days"}},
		"a ladder going down": {func(s *engine.Service) { s.Ladder = []engine.Rung{{AfterDays: 7}, {AfterDays: 3}} }, []string{"/ladder/1/after_days"}},
		"a rung at once":      {func(s *engine.Service) { s.Ladder = []engine.Rung{{}} }, []string{"/ladder/0/after_days"}},
		"a rung by fax":       {func(s *engine.Service) { s.Ladder = []engine.Rung{{AfterDays: 1, Channels: []engine.Channel{"fax"}}} }, []string{"/ladder/0/channels"}},
		"a reminder after it": {func(s *engine.Service) { s.Reminders = []engine.Hours{48, -1} }, []string{"/reminders_hours/1"}},
		"no reminder":         {func(s *engine.Service) { s.Reminders = []engine.Hours{} }, nil},
		"negative everything": {func(s *engine.Service) { s.StepMin, s.BeforeMin, s.AfterMin, s.MaxParts = -1, -1, -1, -1 }, []string{"/step_min", "/buffer_before_min", "/buffer_after_min", "/max_parts"}},
		"negative cut-offs": {func(s *engine.Service) {
			s.CancelCutoffHours, s.MoveCutoffHours, s.MaxMoves, s.NoticeHours = hours(-1), hours(-1), hours(-1), hours(-1)
		}, []string{"/cancel_cutoff_hours", "/move_cutoff_hours", "/max_moves", "/notice_hours"}},
		"neither id nor name": {func(s *engine.Service) { s.ID, s.Name = "a b", "" }, []string{"/id", "/name"}},
	} {
		s := good
		s.Calendars = slices.Clone(good.Calendars)
		c.change(&s)
		_, err := w.e.SaveService(w.ctx, w.org, s)
		wantPointers(t, name, err, c.want...)
	}
	_, err := w.e.SaveService(w.ctx, "org_none", good)
	wantCode(t, err, engine.CodeNotFound)
}

func TestACalendarThatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.e.SaveCalendar(w.ctx, w.org, engine.Calendar{Name: "Bureau", Calendar: calendars.Calendar{
		ID: "desk", Zone: "Mars", Capacity: -1, Windows: []calendars.Window{
			{FirstDay: "2026-01-05", Start: "09:00", End: "12:00"}, {FirstDay: "someday", Start: "12:00", End: "09:00", RRule: "FREQ=NEVER"},
		},
	}})
	got := pointers(err)
	for _, want := range []string{"/zone", "/capacity", "/windows/1"} {
		if !slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, want) }) {
			t.Errorf("nothing is said of %s: %v", want, got)
		}
	}
	if slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(p, "/windows/0") }) {
		t.Errorf("the first window is right: %v", got)
	}
	_, err = w.e.SaveCalendar(w.ctx, "org_none", engine.Calendar{Name: "x"})
	wantCode(t, err, engine.CodeNotFound)
}

func TestASavedCalendarCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := w.crowd(2)
	before := len(w.slots())
	cal, err := w.e.Calendar(w.ctx, w.org, "desk-1")
	w.must(cal, err)
	cal.Closures = append(cal.Closures, calendars.Closure{FirstDay: "2026-05-20", EndDay: "2026-05-20"})
	w.must(w.e.SaveCalendar(w.ctx, w.org, *cal))
	if after := len(w.slots()); after != before-12 {
		t.Errorf("a closed day took %d slots away", before-after)
	}
	_, err = w.bookAt(people[0], at(20, 9, 0), engine.ByRecipient)
	wantCode(t, err, engine.CodeNotBookable)
}

func TestListsOfWhatWasSaved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.calendar("desk-2")
	w.other()
	services, _, err := w.e.Services(w.ctx, w.org, "", 10)
	w.must(nil, err)
	cals, next, err := w.e.Calendars(w.ctx, w.org, "", 1)
	w.must(nil, err)
	more, last, err := w.e.Calendars(w.ctx, w.org, next, 10)
	w.must(nil, err)
	if len(services) != 2 || len(cals) != 1 || len(more) != 1 || last != "" || cals[0].ID == more[0].ID {
		t.Errorf("%d services, calendars %v then %v", len(services), cals, more)
	}
	orgs, err := w.e.Organisations(w.ctx)
	w.must(nil, err)
	if len(orgs) != 1 || orgs[0].ID != w.org {
		t.Errorf("organisations %v", orgs)
	}
	_, err = w.e.Service(w.ctx, "org_none", w.svc)
	wantCode(t, err, engine.CodeNotFound)
}

// What a refusal proposes is taken.
func TestARefusedRegionIsToldOneThatIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, err := w.e.Organisation(w.ctx, w.org)
	w.must(o, err)
	o.Region = "RE"
	_, err = w.e.SaveOrganisation(w.ctx, *o)
	var refused *engine.Error
	if !errors.As(err, &refused) {
		t.Fatal("RE is taken")
	}
	said := refused.Fields[0].Message
	proposed := regexp.MustCompile(`"(FR(?:-[0-9A-Z]+)?)"`).FindAllStringSubmatch(said, -1)
	if len(proposed) < 3 {
		t.Fatalf("it proposes %q in %s", proposed, said)
	}
	for _, p := range proposed {
		o.Region = calendars.Region(p[1])
		w.must(w.e.SaveOrganisation(w.ctx, *o))
	}
}
