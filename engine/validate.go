package engine

import (
	"cmp"
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"time"
)

func compare[T ~string](a, b T) int { return cmp.Compare(a, b) }

// fields gathers mistakes, each where it is and what to do.
type fields []Field

func (f *fields) add(pointer, code, format string, args ...any) {
	*f = append(*f, Field{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}

func (f *fields) between(pointer string, n, low, high int) {
	if n < low || n > high {
		f.add(pointer, "out_of_range", "must be from %d to %d, not %d", low, high, n)
	}
}

func (f *fields) text(pointer, s string, most int) {
	switch {
	case strings.TrimSpace(s) == "":
		f.add(pointer, "required", "is needed")
	case len(s) > most:
		f.add(pointer, "too_long", "is longer than %d bytes", most)
	}
}

// invalid is one error for all mistakes; nil when there are none.
func invalid(op string, f []Field) error {
	if len(f) == 0 {
		return nil
	}
	words := make([]string, len(f))
	for i, m := range f {
		words[i] = strings.TrimPrefix(m.Pointer, "/") + " " + m.Message
	}
	return &Error{Code: CodeInvalid, Op: op, Message: strings.Join(words, "; "), Fields: f}
}

// pointer turns windows[2].rrule into /windows/2/rrule (RFC 6901).
func pointer(field string) string {
	return "/" + strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(field)
}

var (
	idPattern     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)
	senderPattern = regexp.MustCompile(`^(\+?[0-9]{3,15}|[A-Za-z0-9]{1,11}|MG[0-9a-fA-F]{32})$`)
	digitsPattern = regexp.MustCompile(`^\+?[0-9]+$`)
)

func (f *fields) id(pointer, s string) {
	if !idPattern.MatchString(s) {
		f.add(pointer, "invalid", "must be 1 to 64 letters, digits, _ . or -, starting with a letter or digit")
	}
}

// WithDefaults fills what the organisation did not say.
func (o Organisation) WithDefaults() Organisation {
	o.Zone = cmp.Or(o.Zone, "Europe/Paris")
	o.Language = cmp.Or(o.Language, "fr")
	o.Quiet.From = cmp.Or(o.Quiet.From, "08:00")
	o.Quiet.Until = cmp.Or(o.Quiet.Until, "20:00")
	o.RetentionMonths = cmp.Or(o.RetentionMonths, 24)
	return o
}

// Validate refuses an organisation that could not write to anybody; every mistake at once.
func (o *Organisation) Validate() error {
	var f fields
	f.id("/id", string(o.ID))
	f.text("/name", o.Name, 80)
	f.text("/phone", o.Phone, 30)
	if a, err := mail.ParseAddress(o.Email); o.Email != "" && (err != nil || a.Address != o.Email) {
		f.add("/email", "invalid", "must be an email address such as accueil@example.fr, alone")
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "Local" {
		f.add("/zone", "invalid", "must be an IANA time zone such as Europe/Paris")
	}
	if o.Region != "" && !o.Region.Valid() {
		f.add("/region", "invalid", `must be "FR" or "FR-" and the code of a département or territory, such as "FR-57" or "FR-974"`)
	}
	if s := o.SMS.From; s != "" && !senderPattern.MatchString(s) {
		f.add("/sms/from", "invalid", "must be a number, or at most 11 letters and digits without a space")
	}
	if s := o.SMS.From; o.SMS.Replies && s != "" && !digitsPattern.MatchString(s) && len(s) <= 11 {
		f.add("/sms/replies", "mute_sender", "a sender made of letters cannot receive replies: use a number, or set replies to false")
	}
	from, okFrom := ofDay(o.Quiet.From)
	until, okUntil := ofDay(o.Quiet.Until)
	if !okFrom || !okUntil || from >= until {
		f.add("/quiet_hours", "invalid", "from and until must be hours such as 08:00 and 20:00, from first")
	}
	f.between("/retention_months", o.RetentionMonths, 1, 36)
	if !(o.SMSPrice >= 0 && o.SMSPrice <= 100) {
		f.add("/sms_price", "out_of_range", "must be what one part of an SMS costs, such as 0.045, and at most 100")
	}
	o.validateLocations(&f)
	return invalid("save organisation", f)
}

// validate refuses a service that could not be kept as promised; every mistake at once.
func (s *Service) validate(texts Texts, o *Organisation, sh shelf) error {
	var f fields
	f.id("/id", string(s.ID))
	f.text("/name", s.Name, 120)
	f.between("/duration_min", s.DurationMin, 5, 720)
	f.between("/step_min", s.StepMin, 0, 720)
	f.between("/buffer_before_min", s.BeforeMin, 0, 240)
	f.between("/buffer_after_min", s.AfterMin, 0, 240)
	f.between("/notice_hours", *s.NoticeHours, 0, 24*90)
	f.between("/horizon_days", s.HorizonDays, 1, 365)
	f.between("/validity_days", *s.ValidityDays, 0, 365)
	f.between("/cancel_cutoff_hours", *s.CancelCutoffHours, 0, 24*30)
	f.between("/move_cutoff_hours", *s.MoveCutoffHours, 0, 24*30)
	f.between("/max_moves", *s.MaxMoves, 0, 100)
	f.between("/earlier_people", *s.EarlierPeople, 0, earlierPeople)
	f.between("/max_parts", s.MaxParts, 1, 10)
	if n := *s.SlotsPerInvitation; !(n == 0 || n >= 0.05 && n <= 100) {
		f.add("/slots_per_invitation", "out_of_range", "must be 0, which switches pacing off, or from 0.05 to 100")
	}
	s.validateBounds(&f, o)
	s.validateLadder(&f)
	s.validatePool(&f, sh)
	if err := texts.Check(s.Texts, o.SMS.Replies); err != nil {
		f.add("/texts", "template", "%s", err)
	}
	s.validateRungTexts(&f)
	return invalid("save service", f)
}

func (s *Service) validateLadder(f *fields) {
	last := 0
	for n, r := range s.Ladder {
		where := fmt.Sprintf("/ladder/%d", n)
		if r.AfterDays <= last {
			f.add(where+"/after_days", "order", "must be more than the %d days before it", last)
		}
		last = r.AfterDays
		for _, c := range r.Channels {
			if c != SMS && c != Email {
				f.add(where+"/channels", "unknown", "must be sms or email")
			}
		}
	}
	f.between("/ladder", len(s.Ladder), 0, mostRungs)
	for n, h := range s.Reminders {
		f.between(fmt.Sprintf("/reminders_hours/%d", n), int(h), 1, 24*30)
	}
	f.between("/reminders_hours", len(s.Reminders), 0, 5)
	s.validateAbsence(f)
	s.validateFallback(f)
}

func (s *Service) validatePool(f *fields, sh shelf) {
	if len(s.Calendars) == 0 {
		f.add("/calendars", "required", "name at least one calendar to book in")
	}
	for n, c := range s.Calendars {
		if sh.record(calendarKey(s.Organisation, c)).Version == 0 {
			f.add(fmt.Sprintf("/calendars/%d", n), "unknown", "there is no calendar of this id; save it first")
		}
	}
}
