package api

import (
	"time"

	"relance/engine"
)

// Waiting says why people wait to be asked: their service's calendars have no room for them yet, or
// somebody paused it.
type Waiting struct {
	People   int64      `json:"people" doc:"How many wait: of a service, of a batch, or this one"`
	Reason   string     `json:"reason" enum:"no_free_slots,pacing,paused" doc:"paused: nothing is asked until it is resumed. no_free_slots: the service has none within its horizon; open windows, or a longer horizon. pacing: its free slots are for people invited before and not answered yet, or ahead in the queue"`
	Ahead    int64      `json:"ahead" doc:"About how many go before; of a service or a batch, before its last"`
	Expected *time.Time `json:"expected,omitempty" doc:"When there will be room if all those invited before take a slot: sooner when some do not. Absent: not within a year, or paused"`

	By    engine.PauseScope `json:"by,omitempty" enum:"recipient,batch,service" doc:"What is paused"`
	Since *time.Time        `json:"since,omitempty" doc:"Since when; absent when it was resumed a moment ago and these are on their way"`
}

// ServiceWaiting is who was asked for a service and has not answered, and who waits to be asked.
type ServiceWaiting struct {
	Unanswered int64    `json:"unanswered" doc:"How many people were asked and have not answered: each may take a slot any moment"`
	Waiting    *Waiting `json:"waiting,omitempty" doc:"How many wait to be asked, why, and when the last of them is expected to be; absent when nobody waits and the service is not paused"`
}

func waitingOf(w *engine.Waiting) *Waiting {
	if w == nil {
		return nil
	}
	return &Waiting{w.People, w.Reason, w.Ahead, w.Expected, w.By, w.Since}
}
