package workers

import (
	"fmt"
	"maps"
	"slices"

	"relance/engine"
)

// Role is a part of the work that a process may take.
type Role string

// The roles. Each but RoleDispatch is one asynq server, so that a slow SMTP host never
// holds up an SMS.
const (
	RoleDispatch Role = "dispatch" // due entries → tasks
	RoleSteps    Role = "steps"    // invitations, appointments, recipients
	RoleSMS      Role = "sms"
	RoleEmail    Role = "email"
)

// errands is the part of RoleSteps that can wait and that may be slow: other people's servers answer
// when they like, and must not hold up a reminder. It has an asynq server of its own.
const errands Role = "errands"

// servers are the asynq servers of a role.
func (r Role) servers() []Role {
	if r == RoleSteps {
		return []Role{RoleSteps, errands}
	}
	return []Role{r}
}

// Roles lists all of them: what one process does when it does everything.
func Roles() []Role { return []Role{RoleDispatch, RoleSteps, RoleSMS, RoleEmail} }

// shares are the kinds of due entries a server works on, each with its part of the
// server's attention when all of them wait. A kind is a queue; three at most, because
// asynq asks queue after queue.
func (r Role) shares() map[string]int {
	switch r {
	case RoleSteps:
		// A reminder has an hour to keep; erasing a person can wait a minute.
		return map[string]int{engine.DueAppointment: 4, engine.DueInvitation: 2, engine.DueRecipient: 1}
	case errands:
		return map[string]int{engine.DueCalendar: 1, engine.DueInbound: 1}
	case RoleSMS:
		return map[string]int{engine.DueSMS: 1}
	case RoleEmail:
		return map[string]int{engine.DueEmail: 1}
	}
	return nil
}

// kinds are all the kinds of due entries that a role exists for, in a stable order.
func kinds() []string {
	var all []string
	for _, r := range Roles() {
		for _, s := range r.servers() {
			all = slices.AppendSeq(all, maps.Keys(s.shares()))
		}
	}
	slices.Sort(all)
	return all
}

// sends tells whether entries of the kind are messages to hand to a provider.
func sends(kind string) bool { return kind == engine.DueSMS || kind == engine.DueEmail }

func checkRoles(roles []Role) error {
	for _, r := range roles {
		if !slices.Contains(Roles(), r) {
			return fmt.Errorf("workers: %q is not a role; choose among %v", r, Roles())
		}
	}
	return nil
}
