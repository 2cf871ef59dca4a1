package twilio

import (
	"net/http"
	"strconv"

	"relance/channels"
)

// class is what one error code of Twilio means for us.
type class struct {
	outcome channels.Outcome
	reason  string
	flag    flag
}

type flag int

const (
	none       flag = iota
	badAddress      // the number cannot take SMS
	optedOut        // the person told the carrier to stop
	alert           // ops should look
	sender          // the sender is refused: configuration when it is the provider's own
	slower          // too many messages at once: no illness of Twilio's
)

// classes is the one place where Twilio's codes are read, in answers and in receipts
// (RULES §4). Codes that are not here are classed by the HTTP status, or in receipts as
// permanent and alerting.
func classes(code int) (class, bool) {
	switch code {
	case 20003:
		return class{channels.Configuration, "Twilio refuses the credentials", none}, true
	case 20005, 30002, 90010:
		return class{channels.Configuration, "the Twilio account is suspended or closed", none}, true
	case 30037:
		return class{channels.Configuration, "Twilio has closed sending for this account", none}, true
	case 20008:
		return class{channels.Configuration, "these are Twilio's test credentials", none}, true
	case 20404:
		return class{channels.Configuration, "Twilio does not know this account or address", none}, true
	case 21222, 21224:
		return class{channels.Configuration, "the Twilio credentials hold characters that cannot be right", none}, true
	case 20429, 21611, 30001, 30022, 30023:
		return class{channels.Temporary, "too many messages at once for this account or sender", slower}, true
	case 20500, 30008, 30009, 30017, 30410, 30500:
		return class{channels.Temporary, "Twilio or the carrier failed for a moment", none}, true
	case 30003:
		return class{channels.Temporary, "the phone is off or out of reach; later may work", none}, true
	}
	return refusals(code)
}

// refusals are the codes that concern this message, this person or this sender.
func refusals(code int) (class, bool) {
	switch code {
	case 21211, 21214, 21217, 21265, 21614, 21635, 30005:
		return class{channels.Permanent, "the number does not exist or cannot take SMS", badAddress}, true
	case 30006:
		return class{channels.Permanent, "the number is a landline or its carrier cannot be reached", badAddress}, true
	case 21610:
		return class{channels.Permanent, "the person stopped messages from this sender", optedOut}, true
	case 30004:
		return class{channels.Permanent, "the phone or its carrier blocks this sender", none}, true
	case 30036:
		return class{channels.Permanent, "the message was not delivered while it was valid", none}, true
	case 21602, 21604, 21605, 21617, 30019:
		return class{channels.Permanent, "the text is missing or too long", none}, true
	case 30007:
		return class{channels.Permanent, "the carrier filtered the message", alert}, true
	case 21408, 21608, 21612, 30010:
		return class{channels.Permanent, "the account may not send to this number or country", alert}, true
	case 21212, 21603, 21606, 21659, 21660, 21661, 21701, 21703, 21704, 30018, 30024, 30034:
		return class{channels.Permanent, "the sender is not one this account may use", sender}, true
	}
	return class{}, false
}

// byCode answers for an error code, and for its HTTP status when the code is not known.
// status is 0 when there was none.
func byCode(code, status int, own bool) channels.Answer {
	c, ok := classes(code)
	if !ok {
		a := byStatus(status)
		if code != 0 {
			a.Code = strconv.Itoa(code)
		}
		return a
	}
	if c.flag == sender && own {
		c.outcome = channels.Configuration
	}
	return channels.Answer{
		Outcome: c.outcome, Code: strconv.Itoa(code), Reason: c.reason,
		BadAddress: c.flag == badAddress,
		OptedOut:   c.flag == optedOut,
		Slower:     c.flag == slower,
		Alert:      c.flag == alert || c.flag == sender,
	}
}

// byStatus answers for an HTTP status alone. A 5xx is safe to send again (RULES §4).
func byStatus(status int) channels.Answer {
	a := channels.Answer{Code: "http " + strconv.Itoa(status)}
	switch {
	case status == http.StatusTooManyRequests:
		a.Outcome, a.Reason, a.Slower = channels.Temporary, "too many requests at once for this account", true
	case status >= 500 || status == http.StatusRequestTimeout:
		a.Outcome, a.Reason = channels.Temporary, "Twilio failed for a moment"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		a.Outcome, a.Reason = channels.Configuration, "Twilio refuses the credentials"
	case status == http.StatusNotFound || status >= 300 && status < 400:
		a.Outcome, a.Reason = channels.Configuration, "the address of the API or the account is wrong"
	case status == 0:
		a = channels.Answer{Outcome: channels.Permanent, Alert: true, Reason: "failed for a reason Twilio's list does not explain to us"}
	default:
		a.Outcome, a.Reason, a.Alert = channels.Permanent, "Twilio refuses the message", true
	}
	return a
}
