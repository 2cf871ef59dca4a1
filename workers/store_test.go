package workers

import (
	"context"
	"fmt"
	"testing"
	"time"

	"relance/channels"
	"relance/engine"
	"relance/engine/store"
	"relance/engine/store/redistest"
)

// What the program wires together.
var (
	_ Engine           = (*engine.Engine)(nil)
	_ engine.Timetable = (*store.Store)(nil)
	_ Router           = (*channels.Router)(nil)
	_ Queue            = (*Queues)(nil)
)

// archive is the office over the real store: an entry done is one taken out of it.
type archive struct {
	*office
	*store.Store
}

func (a archive) Take(ctx context.Context, now, until time.Time, limit int, kinds []string, ps ...engine.Partition) ([]engine.Due, error) {
	return a.Store.Take(ctx, now, until, limit, kinds, ps...)
}

func (a archive) Overdue(ctx context.Context, now time.Time) (map[string]engine.Backlog, error) {
	return a.Store.Overdue(ctx, now)
}

func (a archive) Advance(ctx context.Context, p engine.Partition, kind string, ids []string) error {
	if err := a.commit(ctx, p, kind, time.Time{}, ids); err != nil {
		return err
	}
	return a.office.Advance(ctx, p, kind, ids)
}

func (a archive) commit(ctx context.Context, p engine.Partition, kind string, at time.Time, ids []string) error {
	var c engine.Change
	for _, id := range ids {
		c.Due = append(c.Due, engine.Due{Kind: kind, ID: id, At: at})
	}
	_, err := a.Commit(ctx, p, []engine.Change{c})
	return err
}

func TestOverTheRealStore(t *testing.T) {
	t.Parallel()
	o := newOffice()
	a := archive{o, redistest.Store(t)}
	kinds := []string{engine.DueAppointment, engine.DueInvitation, engine.DueRecipient}
	n := 0
	for i, kind := range kinds {
		for p := range engine.Partition(5) {
			var ids []string
			for j := range 150 {
				ids = append(ids, fmt.Sprintf("%s-%d-%d", kind, p, j))
			}
			if err := a.commit(t.Context(), p, kind, o.clock.Now().Add(-time.Duration(i)*time.Hour), ids); err != nil {
				t.Fatal(err)
			}
			o.add(kind, len(ids), p)
			n += len(ids)
		}
	}
	cfg := brisk(o, shared(t))
	cfg.Roles = []Role{RoleDispatch, RoleSteps}
	cfg.Timetable, cfg.Engine = a, a
	w := begin(t, cfg)
	o.emptied(t, n)
	end(t, w)
	left, err := a.Overdue(t.Context(), o.clock.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for kind, b := range left {
		if b.Entries != 0 {
			t.Errorf("%d entries of kind %s are left in the store", b.Entries, kind)
		}
	}
}
