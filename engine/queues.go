package engine

import (
	"context"
	"strings"
)

// listQueues are the services of a partition for which people wait until their calendars have room, as they were
// at their last look.
const listQueues = "queues"

// Queue is a service for which people wait, for those who operate the installation: it names nobody.
type Queue struct {
	Organisation OrganisationID
	Service      ServiceID
	Out          int64 // asked, and not answered
	Waiting      int64
}

// Queues lists up to limit services for which people wait, over all partitions.
func (e *Engine) Queues(ctx context.Context, limit int) ([]Queue, error) {
	var out []Queue
	for p := range Partition(Partitions) {
		if len(out) >= limit {
			break
		}
		listed, _, err := e.Lister.List(ctx, p, listQueues, "", limit-len(out))
		if err != nil {
			return nil, err
		}
		for _, l := range listed {
			n, err := e.Lister.Counts(ctx, p, l.Member)
			if err != nil {
				return nil, err
			}
			org, svc := ofLook(l.Member)
			out = append(out, Queue{org, svc, n[countOut], n[countWaiting]})
		}
	}
	return out, nil
}

// ofLook is whose look an entry is.
func ofLook(id string) (OrganisationID, ServiceID) {
	org, svc, _ := strings.Cut(strings.TrimPrefix(id, lookPrefix), ":")
	return OrganisationID(org), ServiceID(svc)
}

// ServiceWaiting tells how many people of a service were asked and have not answered, and why others wait: for the
// calendars, or because the service is paused; nil when nobody does. A service that does not exist has nobody.
func (e *Engine) ServiceWaiting(ctx context.Context, org OrganisationID, id ServiceID) (out int64, w *Waiting, err error) {
	n, err := e.Lister.Counts(ctx, org.Partition(), paceName(org, id))
	if err != nil {
		return 0, nil, err
	}
	since, err := e.ServicePauses(ctx, org, id)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case since[0] != nil:
		w = &Waiting{People: n[countPaused] + n[countWaiting], Reason: WaitPaused, By: PausedService, Since: since[0]}
	case n[countWaiting] > 0:
		o, err := e.Outlook(ctx, org, id)
		if err != nil {
			return 0, nil, err
		}
		w = o.after(n[countWaiting] - 1)
		w.People = n[countWaiting]
	}
	return n[countOut], w, nil
}
