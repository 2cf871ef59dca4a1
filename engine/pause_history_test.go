package engine_test

import (
	"time"

	"pgregory.net/rapid"

	"relance/engine"
)

// What pauses do in random histories.

var twoServices = []engine.ServiceID{"rsa", "second"}

// batchOf is the batch that histories use for a service.
func batchOf(s engine.ServiceID) engine.BatchID { return engine.BatchID("bat_" + s) }

func (h *history) opensBatches() {
	for _, s := range twoServices {
		h.must(h.e.OpenBatch(h.ctx, h.org, s, batchOf(s)))
	}
}

// inviteInBatch invites one by one, or as the next line of a batch.
func (h *history) inviteInBatch(p engine.Person) {
	r := engine.InviteRequest{Service: h.svc, Person: p}
	if rapid.Bool().Draw(h.rt, "in a batch") {
		h.lines++
		r.Batch, r.Line = batchOf(h.svc), h.lines
	}
	_, err := h.e.Invite(h.ctx, h.org, []engine.InviteRequest{r})
	h.must(nil, err)
}

// pauseOrResume turns one of the pauses that there can be.
func (h *history) pauseOrResume(name string) {
	svc := rapid.SampledFrom(twoServices).Draw(h.rt, "service")
	on := rapid.IntRange(0, 2).Draw(h.rt, "pause") > 0
	switch rapid.SampledFrom([]engine.PauseScope{engine.PausedRecipient, engine.PausedBatch, engine.PausedService}).Draw(h.rt, "of") {
	case engine.PausedRecipient:
		turn := h.e.ResumeRecipient
		if on {
			turn = h.e.PauseRecipient
		}
		if _, err := turn(h.ctx, h.org, engine.RecipientOf(h.org, name)); engine.CodeOf(err) != engine.CodeNotFound {
			h.must(nil, err)
		}
	case engine.PausedBatch:
		turn := h.e.ResumeBatch
		if on {
			turn = h.e.PauseBatch
		}
		h.must(nil, turn(h.ctx, h.org, batchOf(svc)))
	default:
		turn := h.e.ResumeService
		if on {
			turn = h.e.PauseService
		}
		h.must(nil, turn(h.ctx, h.org, svc))
	}
}

func (h *history) resumeAll() {
	for _, s := range twoServices {
		h.must(nil, h.e.ResumeService(h.ctx, h.org, s))
		h.must(nil, h.e.ResumeBatch(h.ctx, h.org, batchOf(s)))
	}
	for _, r := range all[engine.Recipient](h.world, "rcp_") {
		h.must(h.e.ResumeRecipient(h.ctx, h.org, r.ID))
	}
}

// mayAsk: nobody is asked anything while they, their batch or the service are paused.
func (h *history) mayAsk(o *engine.Outgoing) {
	m := o.Message
	switch m.Kind {
	case engine.KindInvitation, engine.KindRelance, engine.KindNoShow, engine.KindOffer:
	default:
		return
	}
	if m.Answer {
		return
	}
	r, err := h.e.Recipient(h.ctx, h.org, m.Recipient)
	h.must(r, err)
	since, err := h.e.ServicePauses(h.ctx, h.org, m.Service)
	h.must(nil, err)
	var batch *time.Time
	if m.Batch != "" {
		b, err := h.e.Batch(h.ctx, h.org, m.Batch)
		h.must(b, err)
		batch, err = h.e.BatchPause(h.ctx, b)
		h.must(nil, err)
	}
	if r.PausedAt != nil || since[0] != nil || batch != nil {
		h.t.Fatalf("a %s goes out: the person is paused %v, the service %v, the batch %v", m.Kind, r.PausedAt, since[0], batch)
	}
}
