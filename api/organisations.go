package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"relance/calendars"
	"relance/engine"
)

// OrganisationSettings are what can be set of an organisation.
type OrganisationSettings struct {
	Name            string           `json:"name" doc:"Opens every message"`
	Zone            string           `json:"zone,omitempty" doc:"IANA time zone of its quiet hours; default Europe/Paris"`
	Region          calendars.Region `json:"region,omitempty" doc:"Whose public holidays are quiet, such as FR, FR-57 or FR-974"`
	Language        string           `json:"language,omitempty" doc:"Of people without one; default fr"`
	Phone           string           `json:"phone" doc:"Shown to people, as people write it"`
	Email           string           `json:"email,omitempty" doc:"Reply-To of every email"`
	SMS             *Sender          `json:"sms,omitempty" doc:"Who an SMS comes from"`
	Quiet           *QuietHours      `json:"quiet_hours,omitempty" doc:"When messages that nobody asked for may go out"`
	SMSPrice        float64          `json:"sms_price,omitempty" minimum:"0" maximum:"100" doc:"What one part of an SMS costs, in your currency, such as 0.045: /v1/stats, a dry run of a batch and previews of texts then tell the cost"`
	RetentionMonths int              `json:"retention_months,omitempty" doc:"How long personal data outlives the last activity, 1 to 36; default 24"`
	Locations       []Location       `json:"locations,omitempty" doc:"Where appointments are held; windows and services name them by id"`
	FeedNames       bool             `json:"feed_names,omitempty" doc:"Put people's names into the calendars' feeds, and so into the agendas that read them; default no"`
}

// Sender is who an SMS comes from.
type Sender struct {
	From    string `json:"from,omitempty" doc:"A number, a short code, or up to 11 letters and digits; empty is the provider's own"`
	Replies bool   `json:"replies,omitempty" doc:"Whether a reply can come back; never to letters"`
}

// Location is where appointments are held.
type Location struct {
	ID      string              `json:"id" doc:"A name of your own; a window that names none of them is an office of that name"`
	Kind    engine.LocationKind `json:"kind" enum:"office,phone,video,home"`
	Name    string              `json:"name" doc:"As people read it"`
	Address string              `json:"address,omitempty" doc:"Of an office: where to come, on one line"`
	Access  string              `json:"access,omitempty" doc:"What helps to be there; in emails and on the page"`
	URL     string              `json:"url,omitempty" doc:"Of a video meeting: https, where to join"`
}

// QuietHours bound what we initiate.
type QuietHours struct {
	From    string `json:"from,omitempty" doc:"First allowed moment, 08:00 by default"`
	Until   string `json:"until,omitempty" doc:"First moment no longer allowed, 20:00 by default"`
	Sundays bool   `json:"sundays,omitempty" doc:"Allow Sundays and public holidays too"`
}

// Organisation is the tenant: a département, a trust, an agency.
type Organisation struct {
	ID engine.OrganisationID `json:"id"`
	OrganisationSettings
	CreatedAt time.Time `json:"created_at"`
}

func (in OrganisationSettings) organisation(id engine.OrganisationID) engine.Organisation {
	o := engine.Organisation{
		ID: id, Name: in.Name, Zone: in.Zone, Region: in.Region, Language: in.Language,
		Phone: in.Phone, Email: in.Email, RetentionMonths: in.RetentionMonths, FeedNames: in.FeedNames, SMSPrice: in.SMSPrice,
	}
	if in.Locations != nil {
		o.Locations = each(in.Locations, func(l Location) engine.Location { return engine.Location(l) })
	}
	if in.SMS != nil {
		o.SMS = engine.Sender(*in.SMS)
	}
	if in.Quiet != nil {
		o.Quiet = engine.QuietHours(*in.Quiet)
	}
	return o
}

func organisationOf(o *engine.Organisation) Organisation {
	sms, quiet := Sender(o.SMS), QuietHours(o.Quiet)
	return Organisation{ID: o.ID, CreatedAt: o.CreatedAt, OrganisationSettings: OrganisationSettings{
		Name: o.Name, Zone: o.Zone, Region: o.Region, Language: o.Language, Phone: o.Phone,
		Email: o.Email, SMS: &sms, Quiet: &quiet, RetentionMonths: o.RetentionMonths, FeedNames: o.FeedNames, SMSPrice: o.SMSPrice,
		Locations: each(o.Locations, func(l engine.Location) Location { return Location(l) }),
	}}
}

// organisations are the routes of the installation's administrator.
type organisations struct {
	*server
	verbs organisationVerbs
}

const organisationsPath = "/v1/organisations"

func (h organisations) register(a huma.API) {
	huma.Register(a, creating("create-organisation", organisationsPath, forAdmin, "Create an organisation", ""), h.create)
	huma.Register(a, operation("list-organisations", http.MethodGet, organisationsPath, forAdmin, "List organisations", ""), h.list)
	huma.Register(a, operation("get-organisation", http.MethodGet, organisationsPath+"/{organisation}", forAdmin, "Read an organisation", ""), h.get)
	huma.Register(a, operation("put-organisation", http.MethodPut, organisationsPath+"/{organisation}", forAdmin, "Create or replace an organisation",
		"What is not given gets its default. Keys, services and calendars stay."), h.put)
}

// AtOrganisation names the organisation in the path.
type AtOrganisation struct {
	Organisation engine.OrganisationID `path:"organisation" maxLength:"64" doc:"The organisation's id"`
}

func (h organisations) create(ctx context.Context, in *struct {
	Creates
	Body OrganisationSettings
}) (*created[Organisation], error) {
	o, err := h.verbs.SaveOrganisation(ctx, in.Body.organisation(""))
	if err != nil {
		return nil, problemOf(err)
	}
	return &created[Organisation]{h.o.BaseURL + organisationsPath + "/" + string(o.ID), organisationOf(&o)}, nil
}

func (h organisations) list(ctx context.Context, in *Paging) (*pageOut[Organisation], error) {
	all, err := h.verbs.Organisations(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	items, next := pageByID(all, func(o *engine.Organisation) string { return string(o.ID) }, *in)
	return pageOf(h.server, organisationsPath, *in, each(items, organisationOf), next), nil
}

func (h organisations) get(ctx context.Context, in *AtOrganisation) (*one[Organisation], error) {
	o, err := h.verbs.Organisation(ctx, in.Organisation)
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Organisation]{organisationOf(o)}, nil
}

func (h organisations) put(ctx context.Context, in *struct {
	AtOrganisation
	Body OrganisationSettings
}) (*one[Organisation], error) {
	o, err := h.verbs.SaveOrganisation(ctx, in.Body.organisation(in.Organisation))
	if err != nil {
		return nil, problemOf(err)
	}
	return &one[Organisation]{organisationOf(&o)}, nil
}
