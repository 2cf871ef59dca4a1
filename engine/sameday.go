package engine

import (
	"context"
	"slices"
	"strings"
	"time"
)

// together reads, for each dossier whose reminder is due, the person's other appointments of that local
// day: one reminder lists them all (RULES §2). Most people have one open invitation: nothing is read.
func (e *Engine) together(ctx context.Context, p Partition, ds []*dossier) error {
	var invs []string
	for _, d := range ds {
		invs = append(invs, d.otherInvitations()...)
	}
	if len(invs) == 0 {
		return nil
	}
	sh := e.trusted(len(invs))
	defer sh.done()
	if err := sh.more(ctx, p, invs...); err != nil {
		return err
	}
	var apts []string
	for _, id := range invs {
		inv, err := pick[Invitation](sh, id)
		if err != nil {
			return err
		}
		if inv != nil {
			apts = append(apts, string(inv.Appointment))
		}
	}
	if err := sh.more(ctx, p, apts...); err != nil {
		return err
	}
	for _, d := range ds {
		if err := d.join(sh); err != nil {
			return err
		}
	}
	return nil
}

// otherInvitations are the person's open ones when a reminder of this appointment is due now, and the
// service's own wording can list more than one appointment.
func (d *dossier) otherInvitations() []string {
	if d == nil || d.apt == nil || d.apt.State != Booked || d.apt.Next == nil || d.apt.Next.Kind != StepRemind ||
		d.apt.Next.At.After(d.now) || !d.listsDay() {
		return nil
	}
	var out []string
	for _, id := range d.r.Open {
		if id != d.inv.ID {
			out = append(out, string(id))
		}
	}
	slices.Sort(out)
	return out
}

// listsDay tells whether the wording of reminders can say all appointments of a day.
func (d *dossier) listsDay() bool {
	for _, ch := range []Channel{SMS, Email} {
		for name, text := range d.wording(ch, KindReminder, 0) {
			if !strings.HasSuffix(name, ".subject") && !strings.Contains(text, "appointments") {
				return false
			}
		}
	}
	return true
}

func (d *dossier) join(sh shelf) error {
	for _, id := range d.otherInvitations() {
		inv, err := pick[Invitation](sh, id)
		if err != nil || inv == nil {
			return err
		}
		apt, err := pick[Appointment](sh, string(inv.Appointment))
		if err != nil {
			return err
		}
		if apt != nil && d.alongside(apt) {
			d.others = append(d.others, apt)
		}
	}
	return nil
}

// alongside tells whether another appointment is booked, still to come, on the day of this one.
func (d *dossier) alongside(other *Appointment) bool {
	return other.State == Booked && other.Start.After(d.now) && dayOf(other.Start, d.zone()) == dayOf(d.apt.Start, d.zone())
}

// merge takes the reminders of the others that were planned for the same day as this one, or whose moment
// has passed: this message says what they would.
func (d *dossier) merge(c *Change, planned time.Time, by MessageID) {
	last := dayOf(planned, d.zone())
	for _, a := range d.others {
		changed := false
		for n := range a.Reminders {
			r := &a.Reminders[n]
			if r.State == ReminderPlanned && (dayOf(r.At, d.zone()) <= last || !r.At.After(d.now)) {
				r.State, r.Message, changed = ReminderMerged, by, true
			}
		}
		if changed {
			a.Next = a.nextStep(d.q, d.now)
			c.put(a)
		}
	}
}

// unmerge gives the others their reminders back when the message that was to say them is not sent.
func (l *letter) unmerge(c *Change) {
	for _, a := range l.others {
		changed := false
		for n := range a.Reminders {
			r := &a.Reminders[n]
			if r.State == ReminderMerged && r.Message == l.m.ID {
				r.State, r.Message, changed = ReminderPlanned, "", true
			}
		}
		if changed && a.State == Booked {
			a.Next = a.nextStep(l.q, l.now)
			c.put(a)
		}
	}
}

// beside reads the other appointments that reminders list, and their services.
func (e *Engine) beside(ctx context.Context, sh shelf, p Partition, letters []*letter) error {
	var ids []string
	for _, l := range letters {
		if l.m != nil {
			ids = append(ids, texts(l.m.Also)...)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := sh.more(ctx, p, ids...); err != nil {
		return err
	}
	var services []string
	for _, id := range ids {
		a, err := pick[Appointment](sh, id)
		if err != nil {
			return err
		}
		if a != nil {
			services = append(services, serviceKey(a.Organisation, a.Service))
		}
	}
	return sh.more(ctx, p, services...)
}

// listed finds what this reminder lists beside its own appointment.
func (l *letter) listed(sh shelf) error {
	for _, id := range l.m.Also {
		a, err := pick[Appointment](sh, string(id))
		if err != nil || a == nil {
			return err
		}
		s, err := settled[Service](sh, serviceKey(a.Organisation, a.Service))
		if err != nil || s == nil {
			return err
		}
		l.others, l.theirs = append(l.others, a), append(l.theirs, s)
	}
	return nil
}

// How much a reminder says of the other appointments of the day.
const (
	whole = iota // time, service and place
	brief        // no place
	alone        // nothing: they have reminders of their own again
)

// day adds to a reminder's variables all appointments of the day, when there are several. The answers 1,
// 2 and 3 would not say which one is meant: they are not asked for.
func (l *letter) day(v map[string]any, places bool) {
	type one struct {
		start time.Time
		vars  map[string]any
	}
	var all []one
	add := func(a *Appointment, s *Service) {
		if a != l.apt && !l.alongside(a) {
			return
		}
		vars := map[string]any{"time": l.e.Texts.Hour(l.language(), a.Start.In(l.zone())), "service": s.Name}
		if places {
			where := l.o.where(s, a.Location)
			vars["place"] = where.Line()
			if where.Kind != AtOffice {
				vars["place_kind"] = string(where.Kind)
			}
		}
		all = append(all, one{a.Start, vars})
	}
	add(l.apt, l.s)
	for n, a := range l.others {
		add(a, l.theirs[n])
	}
	if len(all) < 2 {
		return
	}
	slices.SortStableFunc(all, func(a, b one) int { return a.start.Compare(b.start) })
	list := make([]map[string]any, len(all))
	for n := range all {
		list[n] = all[n].vars
	}
	v["appointments"], v["replies"] = list, false
}
