package engine

import (
	"context"
	"time"
)

// Vacancies is for how many people there is room at the starts in [from, to), notice and horizon aside:
// of days that are over, what nobody took. CodeNotFound when there is no such service.
func (e *Engine) Vacancies(ctx context.Context, org OrganisationID, id ServiceID, from, to time.Time) (int, error) {
	_, s, err := e.policies(ctx, org, id)
	if err != nil {
		return 0, err
	}
	q := s.query(from, from, to.Add(-time.Second))
	q.Notice, q.Horizon = 0, 0
	total := 0
	err = e.places(ctx, s, q, func(_ int64, n int) { total += n })
	return total, err
}
