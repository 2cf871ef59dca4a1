package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// registerPauses adds the routes that pause and resume what stands at a path; who says whom that concerns.
func registerPauses[In, Out any](a huma.API, at, what, who string, pause, resume func(context.Context, *In) (*Out, error)) {
	huma.Register(a, operation("pause-"+what, http.MethodPost, at+"/pause", forOrganisation, "Stop asking "+who,
		"Invitations, relances and offers after a no-show wait until it is resumed, messages of these kinds that are on their way too; slots are not offered by SMS. "+
			"What protects an appointment goes on: confirmations, convocations, reminders, moves, cancellations, answers. "+
			"People can still choose by their link. An invitation still ends on the last day that its person was told. Pausing again changes nothing."), pause)
	huma.Register(a, operation("resume-"+what, http.MethodPost, at+"/resume", forOrganisation, "Ask "+who+" again",
		"What waited is due now, outside quiet hours and as the calendars have room, a portion at a time; relances whose moment passed are merged into one. "+
			"What another pause concerns goes on waiting. Resuming again changes nothing."), resume)
}

func (h services) pause(ctx context.Context, in *AtService) (*one[Service], error) {
	return h.turned(ctx, in, h.verbs.PauseService)
}

func (h services) resume(ctx context.Context, in *AtService) (*one[Service], error) {
	return h.turned(ctx, in, h.verbs.ResumeService)
}

func (h services) turned(ctx context.Context, in *AtService, turn func(context.Context, engine.OrganisationID, engine.ServiceID) error) (*one[Service], error) {
	if err := turn(ctx, orgOf(ctx), in.Service); err != nil {
		return nil, problemOf(err)
	}
	return h.get(ctx, in)
}

func (h batches) pause(ctx context.Context, in *AtBatch) (*one[Batch], error) {
	return h.turned(ctx, in, h.verbs.PauseBatch)
}

func (h batches) resume(ctx context.Context, in *AtBatch) (*one[Batch], error) {
	return h.turned(ctx, in, h.verbs.ResumeBatch)
}

func (h batches) turned(ctx context.Context, in *AtBatch, turn func(context.Context, engine.OrganisationID, engine.BatchID) error) (*one[Batch], error) {
	if err := ofKind(string(in.Batch), "bat_"); err != nil {
		return nil, err
	}
	if err := turn(ctx, orgOf(ctx), in.Batch); err != nil {
		return nil, problemOf(err)
	}
	return h.get(ctx, in)
}

func (h recipients) pause(ctx context.Context, in *AtRecipient) (*one[Recipient], error) {
	return turned(ctx, in, h.verbs.PauseRecipient)
}

func (h recipients) resume(ctx context.Context, in *AtRecipient) (*one[Recipient], error) {
	return turned(ctx, in, h.verbs.ResumeRecipient)
}

func turned(ctx context.Context, in *AtRecipient, turn func(context.Context, engine.OrganisationID, engine.RecipientID) (*engine.Recipient, error)) (*one[Recipient], error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	r, err := turn(ctx, orgOf(ctx), in.Recipient)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Recipient]{recipientOf(r)}, nil
}
