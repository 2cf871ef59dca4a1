package engine

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// diary reads the coming appointments of a calendar from the time it has given away, a page at a time.
type diary struct {
	e      *Engine
	cal    *Calendar
	now    time.Time
	cursor string
	over   bool
	ahead  []*Appointment // read, and not given out yet
}

// diaryPage is how many appointments are read at once.
const diaryPage = 200

// mostTogether bounds a group: a calendar of many places whose appointments overlap without end
// is cut there.
const mostTogether = 1000

// diary begins at a place that was given out, or now.
func (e *Engine) diary(cal *Calendar, last placed) *diary {
	d := &diary{e: e, cal: cal, now: e.Clock.Now()}
	if last.id != "" {
		d.cursor = e.Lister.From(last.group)
	}
	return d
}

// group gives the next appointments that share time, directly or through each other; nil at the end.
func (d *diary) group(ctx context.Context) ([]*Appointment, error) {
	var out []*Appointment
	var end time.Time
	for len(out) < mostTogether {
		a, err := d.peek(ctx)
		if err != nil || a == nil {
			return out, err
		}
		from, to := a.kept()
		if len(out) > 0 && !from.Before(end) {
			return out, nil
		}
		if to.After(end) {
			end = to
		}
		out, d.ahead = append(out, a), d.ahead[1:]
	}
	return out, nil
}

// peek is the next appointment; nil at the end.
func (d *diary) peek(ctx context.Context) (*Appointment, error) {
	for len(d.ahead) == 0 && !d.over {
		if err := d.read(ctx); err != nil {
			return nil, err
		}
	}
	if len(d.ahead) == 0 {
		return nil, nil
	}
	return d.ahead[0], nil
}

func (d *diary) read(ctx context.Context) error {
	org := d.cal.Organisation
	all, next, err := d.e.agenda(ctx, org, d.cal.ID, d.now, d.cursor, diaryPage)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.State == Booked && a.Start.After(d.now) {
			d.ahead = append(d.ahead, a)
		}
	}
	d.cursor, d.over = next, next == ""
	return nil
}

// agenda reads appointments that hold time of a calendar, by the time they hold; what holds time for
// another reason is left out, so a page may be short and yet not the last.
func (e *Engine) agenda(ctx context.Context, org OrganisationID, id CalendarID, from time.Time, cursor string, limit int) ([]*Appointment, string, error) {
	claims, next, err := e.Lister.Agenda(ctx, org.Partition(), claimName(org, id), from, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	all, err := e.holders(ctx, org.Partition(), claims)
	return all, next, err
}

// holders reads the appointments that hold claims.
func (e *Engine) holders(ctx context.Context, p Partition, claims []Claim) ([]*Appointment, error) {
	var ids []string
	for _, c := range claims {
		if strings.HasPrefix(c.Holder, "apt_") {
			ids = append(ids, c.Holder)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return loadAll[Appointment](ctx, e, p, ids)
}

// placed is how far a list of conflicts was read: the group, and the conflict in it.
type placed struct {
	group, start int64
	id           AppointmentID
}

// after tells whether p comes later in the list; everything comes after nothing.
func (p placed) after(last placed) bool {
	return last.id == "" || cmp.Or(cmp.Compare(p.group, last.group), cmp.Compare(p.start, last.start), cmp.Compare(p.id, last.id)) > 0
}

func (p placed) String() string { return fmt.Sprintf("%d.%d.%s", p.group, p.start, p.id) }

func parsePlaced(cursor string) (placed, error) {
	if cursor == "" {
		return placed{}, nil
	}
	group, rest, _ := strings.Cut(cursor, ".")
	start, id, _ := strings.Cut(rest, ".")
	g, errG := strconv.ParseInt(group, 10, 64)
	s, errS := strconv.ParseInt(start, 10, 64)
	if errG != nil || errS != nil || !strings.HasPrefix(id, "apt_") {
		return placed{}, BadCursor("conflicts")
	}
	return placed{g, s, AppointmentID(id)}, nil
}
