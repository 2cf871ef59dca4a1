// Package engine is the domain: organisations invite recipients to choose an
// appointment, follow up those who do not answer, remind those who booked.
//
// Each thing that lives through time (an invitation, an appointment, a message)
// is one record holding its state and its one next step. A verb loads the records
// it needs, decides with pure functions of (state, event, policy, now), and commits
// the new state, the next step, the calendar claims and the events as one atomic
// Change. A Conflict means somebody else was faster: load and decide again.
//
// The verbs: Invite, Open, Book, Reschedule, Cancel, Reply, Receive (a receipt),
// Record (an outcome), Advance (due steps); Claim and Settle frame a send.
package engine
