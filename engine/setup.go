package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"relance/calendars"
)

// listOrganisations is the list of all organisations of a partition.
const listOrganisations = "organisations"

// SaveOrganisation creates or changes an organisation, all but its keys. An empty id mints
// one. CodeInvalid lists every wrong field.
func (e *Engine) SaveOrganisation(ctx context.Context, o Organisation) (Organisation, error) {
	now := e.Clock.Now()
	if o.ID == "" {
		o.ID = OrganisationID(e.Minter.Mint("org", now))
	}
	o = o.WithDefaults()
	if err := o.Validate(); err != nil {
		return o, err
	}
	err := e.change(ctx, "save organisation", o.ID.Partition(), func() (*Change, error) {
		was, err := e.organisation(ctx, o.ID)
		if err != nil && CodeOf(err) != CodeNotFound {
			return nil, err
		}
		if was != nil && was.SMS.Replies && !o.SMS.Replies {
			if err := e.silenced(ctx, o.ID); err != nil {
				return nil, err
			}
		}
		o.CreatedAt, o.Version, o.Keys = now, 0, nil
		if was != nil {
			o.CreatedAt, o.Version, o.Keys = was.CreatedAt, was.Version, was.Keys
		}
		c := &Change{Lists: []ListEntry{{List: listOrganisations, Member: string(o.ID)}}}
		c.put(&o)
		return c, nil
	})
	e.cache.distrust(e.Clock.Now())
	return o, err
}

// silenced refuses that a sender stops taking replies while a service's own texts ask for them.
func (e *Engine) silenced(ctx context.Context, org OrganisationID) error {
	all, err := listAll[Service](ctx, e, org.Partition(), listOf("services", org))
	if err != nil {
		return err
	}
	var f fields
	for _, s := range all {
		if err := e.Texts.Check(s.Texts, false); err != nil {
			f.add("/sms/replies", "asks_reply", "cannot be false: service %s: %s", s.ID, err)
		}
	}
	return invalid("save organisation", f)
}

func (e *Engine) organisation(ctx context.Context, id OrganisationID) (*Organisation, error) {
	return read[Organisation](ctx, e, id, string(id))
}

// Organisation reads one; CodeNotFound.
func (e *Engine) Organisation(ctx context.Context, id OrganisationID) (*Organisation, error) {
	return e.organisation(ctx, id)
}

// Organisations lists all of the installation, by id.
func (e *Engine) Organisations(ctx context.Context) ([]*Organisation, error) {
	var out []*Organisation
	for p := range Partition(Partitions) {
		page, err := listAll[Organisation](ctx, e, p, listOrganisations)
		if err != nil {
			return nil, err
		}
		out = append(out, page...)
	}
	slices.SortFunc(out, func(a, b *Organisation) int { return compare(a.ID, b.ID) })
	return out, nil
}

// SaveService creates or changes a service. CodeInvalid lists every wrong field, templates
// and unknown calendars included.
func (e *Engine) SaveService(ctx context.Context, org OrganisationID, s Service) (Service, error) {
	now := e.Clock.Now()
	if s.ID == "" {
		s.ID = ServiceID(e.Minter.Mint("srv", now))
	}
	s.Organisation = org
	s = s.WithDefaults()
	err := e.change(ctx, "save service", org.Partition(), func() (*Change, error) {
		ids := []string{string(org), s.recordID(), followKey(org, s.ID)}
		for _, c := range s.Calendars {
			ids = append(ids, calendarKey(org, c))
		}
		sh, err := e.fetch(ctx, org.Partition(), ids...)
		if err != nil {
			return nil, err
		}
		o, err := pick[Organisation](sh, string(org))
		if err != nil || o == nil {
			return nil, errors.Join(err, refuse("save service", CodeNotFound, "there is no such organisation"))
		}
		if err := s.validate(e.Texts, o, sh); err != nil {
			return nil, err
		}
		was, err := pick[Service](sh, s.recordID())
		if err != nil {
			return nil, err
		}
		s.CreatedAt, s.Version = now, 0
		if was != nil {
			s.CreatedAt, s.Version = was.CreatedAt, was.Version
		}
		c := &Change{Lists: []ListEntry{{List: listOf("services", org), Member: s.recordID()}}}
		c.put(&s)
		c.keepVersion(&s, was)
		if s.leads(was) {
			if err := e.follow(c, sh, &s); err != nil {
				return nil, err
			}
		}
		return c, e.lookAgain(ctx, c, &s, now)
	})
	e.cache.distrust(e.Clock.Now())
	return s, err
}

// Service reads one; CodeNotFound.
func (e *Engine) Service(ctx context.Context, org OrganisationID, id ServiceID) (*Service, error) {
	return read[Service](ctx, e, org, serviceKey(org, id))
}

// Services pages through the services of an organisation.
func (e *Engine) Services(ctx context.Context, org OrganisationID, cursor string, limit int) ([]*Service, string, error) {
	return page[Service](ctx, e, org.Partition(), listOf("services", org), cursor, limit)
}

// SaveCalendar creates or changes a calendar. Booked appointments stay as they are: Conflicts lists
// those that it does not allow any more. The address of its feed stays too; an agenda at a new
// busy_url is read at once.
func (e *Engine) SaveCalendar(ctx context.Context, org OrganisationID, cal Calendar) (Calendar, error) {
	if cal.ID == "" {
		cal.ID = CalendarID(e.Minter.Mint("cal", e.Clock.Now()))
	}
	cal.Organisation = org
	err := e.saveCalendar(ctx, &cal, func(*Calendar) (*Calendar, error) { return &cal, nil })
	return cal, err
}

// AddClosure shuts a calendar for some time more; a closure that it has already changes nothing.
// Booked appointments stay as they are, see Conflicts. CodeNotFound, CodeInvalid.
func (e *Engine) AddClosure(ctx context.Context, org OrganisationID, id CalendarID, closure calendars.Closure) (Calendar, error) {
	var out Calendar
	err := e.saveCalendar(ctx, &Calendar{Organisation: org, Calendar: calendars.Calendar{ID: id}}, func(was *Calendar) (*Calendar, error) {
		if was == nil {
			return nil, refuse("close calendar", CodeNotFound, "there is no such calendar in this organisation")
		}
		if out = *was; slices.Contains(out.Closures, closure) {
			return nil, nil
		}
		out.Closures = append(slices.Clone(out.Closures), closure)
		if f := calendarFields(out); len(f) > 0 {
			for i := range f { // the caller gave one closure, not the list
				f[i].Pointer = strings.TrimPrefix(f[i].Pointer, fmt.Sprintf("/closures/%d", len(out.Closures)-1))
			}
			return nil, invalid("close calendar", f)
		}
		return &out, nil
	})
	return out, err
}

// saveCalendar reads what key names and saves what next makes of it; nil from next is nothing to save.
func (e *Engine) saveCalendar(ctx context.Context, key *Calendar, next func(was *Calendar) (*Calendar, error)) error {
	org := key.Organisation
	err := e.change(ctx, "save calendar", org.Partition(), func() (*Change, error) {
		sh, err := e.fetch(ctx, org.Partition(), string(org), key.recordID(), agendaKey(org, key.ID))
		if err != nil {
			return nil, err
		}
		o, err := pick[Organisation](sh, string(org))
		if err != nil || o == nil {
			return nil, errors.Join(err, refuse("save calendar", CodeNotFound, "there is no such organisation"))
		}
		was, err := pick[Calendar](sh, key.recordID())
		if err != nil {
			return nil, err
		}
		cal, err := next(was)
		if err != nil || cal == nil {
			return nil, err
		}
		cal.Zone, cal.Region = cmp.Or(cal.Zone, o.Zone), cmp.Or(cal.Region, o.Region)
		if err := invalid("save calendar", calendarFields(*cal)); err != nil {
			return nil, err
		}
		c := &Change{Lists: []ListEntry{{List: listOf("calendars", org), Member: cal.recordID()}}}
		if err := e.connect(c, sh, cal); err != nil {
			return nil, err
		}
		c.put(cal)
		return c, e.lookAtOpenings(ctx, c, cal)
	})
	e.cache.distrust(e.Clock.Now())
	return err
}

func calendarFields(cal Calendar) []Field {
	var out []Field
	collect(cal.Validate(), &out)
	if why := badAddress(cal.BusyURL); cal.BusyURL != "" && why != "" {
		out = append(out, Field{Pointer: "/busy_url", Code: "invalid", Message: why})
	}
	return out
}

// collect turns the calendar's own field errors into ours.
func collect(err error, out *[]Field) {
	switch v := err.(type) {
	case nil:
	case interface{ Unwrap() []error }:
		for _, one := range v.Unwrap() {
			collect(one, out)
		}
	case *calendars.FieldError:
		*out = append(*out, Field{Pointer: pointer(v.Field), Code: "invalid", Message: v.Message})
	default:
		*out = append(*out, Field{Pointer: "", Code: "invalid", Message: err.Error()})
	}
}

// Calendar reads one; CodeNotFound.
func (e *Engine) Calendar(ctx context.Context, org OrganisationID, id CalendarID) (*Calendar, error) {
	return read[Calendar](ctx, e, org, calendarKey(org, id))
}

// Calendars pages through the calendars of an organisation.
func (e *Engine) Calendars(ctx context.Context, org OrganisationID, cursor string, limit int) ([]*Calendar, string, error) {
	return page[Calendar](ctx, e, org.Partition(), listOf("calendars", org), cursor, limit)
}
