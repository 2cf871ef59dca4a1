package engine

import "context"

// listOf is the list of what an organisation has: its services, calendars, invitations, appointments.
func listOf(what string, org OrganisationID) string { return what + ":" + string(org) }

// page reads one page of a list of record ids; records erased since are left out.
func page[T any, P interface {
	*T
	stored
}](ctx context.Context, e *Engine, p Partition, list, cursor string, limit int) ([]P, string, error) {
	members, next, err := e.Lister.List(ctx, p, list, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.Member
	}
	out, err := loadAll[T, P](ctx, e, p, ids)
	return out, next, err
}

// loadAll reads records in order, leaving out those that are not there.
func loadAll[T any, P interface {
	*T
	stored
}](ctx context.Context, e *Engine, p Partition, ids []string) ([]P, error) {
	sh, err := e.fetch(ctx, p, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]P, 0, len(ids))
	for _, id := range ids {
		v, err := pick[T, P](sh, id)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return out, nil
}

// listAll reads a whole short list.
func listAll[T any, P interface {
	*T
	stored
}](ctx context.Context, e *Engine, p Partition, list string) ([]P, error) {
	var out []P
	for cursor := ""; ; {
		some, next, err := page[T, P](ctx, e, p, list, cursor, 200)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
		if cursor = next; cursor == "" {
			return out, nil
		}
	}
}
