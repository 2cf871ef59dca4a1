package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"relance/engine"
)

// Address is how a person can be reached from now on. At least one of the two is given; what is left out
// stays as it is.
type Address struct {
	Phone string `json:"phone,omitempty" doc:"A mobile, as people write it or in E.164"`
	Email string `json:"email,omitempty"`
}

// AtWay names a channel of a recipient in the path.
type AtWay struct {
	AtRecipient
	Channel engine.Channel `path:"channel" enum:"sms,email"`
}

func (h recipients) registerWays(a huma.API, at string) {
	huma.Register(a, operation("readdress-recipient", http.MethodPatch, at, forOrganisation, "Give a person another phone or email",
		"A new address is given its chance, whatever became of the old one, and the links sent before end. Open invitations that had no way left go on, and what never arrived is said again. An address whose owner stopped messages stays stopped."), h.readdress)
	huma.Register(a, operation("put-opt-out", http.MethodPut, at+"/opt-outs/{channel}", forOrganisation, "Note that a person wants no more SMS or emails",
		"For people who say so by phone or at the desk. It holds at once; other channels go on."), h.optOut)
	huma.Register(a, operation("delete-opt-out", http.MethodDelete, at+"/opt-outs/{channel}", forOrganisation, "Refused: only the person can take an opt-out back",
		"Always answered person_only. The person sends START from their phone, or uses the page behind the link of their messages or behind the unsubscribe button of an email."), h.optIn)
}

func (h recipients) readdress(ctx context.Context, in *struct {
	AtRecipient
	Body Address
}) (*one[Recipient], error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	r, err := h.verbs.Readdress(ctx, orgOf(ctx), in.Recipient, engine.Person{Phone: in.Body.Phone, Email: in.Body.Email})
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Recipient]{recipientOf(r)}, nil
}

func (h recipients) optOut(ctx context.Context, in *AtWay) (*one[Recipient], error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	r, err := h.verbs.OptOut(ctx, orgOf(ctx), in.Recipient, in.Channel)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Recipient]{recipientOf(r)}, nil
}

func (h recipients) optIn(ctx context.Context, in *AtWay) (*struct{}, error) {
	if err := ofKind(string(in.Recipient), "rcp_"); err != nil {
		return nil, err
	}
	return nil, problemOf(h.verbs.OptIn(ctx, orgOf(ctx), in.Recipient, in.Channel, engine.ByStaff))
}
