package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// maxMonths is how many months one question may span.
const maxMonths = 36

// StatsRequest asks for the figures of a span of months.
type StatsRequest struct {
	Organisation OrganisationID
	Service      ServiceID // "" all
	From, To     string    // months such as 2026-05, both included; "" is the present one, and From two before To
}

// Stats are an organisation's figures.
type Stats struct {
	From, To string
	Zone     string
	Total    Figures
	Services []ServiceFigures
	Weeks    []WeekFigures // those that touch the span, in order
	SMSPrice float64       // of a part, as it is set today; 0: not told
}

// ServiceFigures are those of one service.
type ServiceFigures struct {
	Service ServiceID
	Total   Figures
	Months  []MonthFigures
}

// MonthFigures are those of one service in one month.
type MonthFigures struct {
	Month string
	Figures
}

// WeekFigures are bookings made in an ISO week ("2026-W21") and how the appointments of that week ended.
type WeekFigures struct {
	Week                                  string
	Bookings, Attended, NoShow, Cancelled int64
}

// Stats reads the figures of RULES §7. CodeInvalid for a span that is not one, CodeNotFound for a
// service that is not there.
func (e *Engine) Stats(ctx context.Context, r StatsRequest) (*Stats, error) {
	o, err := e.organisation(ctx, r.Organisation)
	if err != nil {
		return nil, err
	}
	from, to, err := r.span(e.Clock.Now().In(e.quiet(o).zone))
	if err != nil {
		return nil, err
	}
	services, err := e.statServices(ctx, r)
	if err != nil {
		return nil, err
	}
	months, weeks := periods(from, to)
	read, err := e.statCounts(ctx, o.ID, services, append(slices.Clone(months), weeks...))
	if err != nil {
		return nil, err
	}
	out := &Stats{From: month(from), To: month(to), Zone: o.Zone, SMSPrice: o.SMSPrice}
	all := map[string]int64{}
	for _, s := range services {
		one, sf := map[string]int64{}, ServiceFigures{Service: s}
		for _, m := range months {
			n := read[statsName(o.ID, s, m)]
			sf.Months = append(sf.Months, MonthFigures{m, figuresOf(n)})
			addUp(one, n)
		}
		sf.Total = figuresOf(one)
		addUp(all, one)
		out.Services = append(out.Services, sf)
	}
	out.Total = figuresOf(all)
	for _, w := range weeks {
		n := map[string]int64{}
		for _, s := range services {
			addUp(n, read[statsName(o.ID, s, w)])
		}
		out.Weeks = append(out.Weeks, WeekFigures{w, n[countBookings], n[countAttended], n[countNoShow], n[countCancelled]})
	}
	return out, nil
}

// span reads the months asked for, as their first days.
func (r StatsRequest) span(now time.Time) (from, to time.Time, err error) {
	var f fields
	read := func(pointer, s string, otherwise time.Time) time.Time {
		if s == "" {
			return otherwise
		}
		t, err := time.Parse("2006-01", s)
		if err != nil {
			f.add(pointer, "invalid", "must be a month such as 2026-05")
		}
		return t
	}
	to = read("/to", r.To, time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC))
	from = read("/from", r.From, to.AddDate(0, -2, 0))
	if len(f) == 0 && (from.After(to) || from.AddDate(0, maxMonths, 0).Before(to.AddDate(0, 1, 0))) {
		f.add("/from", "out_of_range", "must not be after to, and at most %d months before its end", maxMonths)
	}
	return from, to, invalid("stats", f)
}

// periods are the months of a span and the ISO weeks that touch it.
func periods(from, to time.Time) (months, weeks []string) {
	for m := from; !m.After(to); m = m.AddDate(0, 1, 0) {
		months = append(months, month(m))
	}
	for d := from; d.Before(to.AddDate(0, 1, 0)); d = d.AddDate(0, 0, 1) {
		if w := week(d); len(weeks) == 0 || weeks[len(weeks)-1] != w {
			weeks = append(weeks, w)
		}
	}
	return months, weeks
}

func (e *Engine) statServices(ctx context.Context, r StatsRequest) ([]ServiceID, error) {
	if r.Service != "" {
		s, err := e.Service(ctx, r.Organisation, r.Service)
		if err != nil {
			return nil, err
		}
		return []ServiceID{s.ID}, nil
	}
	all, err := listAll[Service](ctx, e, r.Organisation.Partition(), listOf("services", r.Organisation))
	out := make([]ServiceID, len(all))
	for i, s := range all {
		out[i] = s.ID
	}
	return out, err
}

// statCounts reads the counters of services and periods, several at a time: 16 round trips under way
// are enough to hide the network, and few enough for everybody else.
func (e *Engine) statCounts(ctx context.Context, org OrganisationID, services []ServiceID, periods []string) (map[string]map[string]int64, error) {
	names := make([]string, 0, len(services)*len(periods))
	for _, s := range services {
		for _, p := range periods {
			names = append(names, statsName(org, s, p))
		}
	}
	found := make([]map[string]int64, len(names))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for i, name := range names {
		g.Go(func() (err error) {
			found[i], err = e.Lister.Counts(ctx, org.Partition(), name)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := make(map[string]map[string]int64, len(names))
	for i, name := range names {
		out[name] = unfolded(found[i])
	}
	return out, nil
}

func addUp(to, from map[string]int64) {
	for field := range maps.Keys(from) {
		to[field] += from[field]
	}
}
