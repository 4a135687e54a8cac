package demollm

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is OpenAI's error object and the HTTP status that goes with it.
type apiError struct {
	Status  int     `json:"-"`
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"` // the field at fault, or null
	Code    *string `json:"code"`  // a word programs may test, or null
}

func (e *apiError) Error() string { return e.Message }

// badRequest is a 400 about a field; param "" is none.
func badRequest(param, format string, args ...any) *apiError {
	e := &apiError{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...), Type: "invalid_request_error"}
	if param != "" {
		e.Param = &param
	}
	return e
}

// coded is an error with a code.
func coded(status int, code, format string, args ...any) *apiError {
	e := badRequest("", format, args...)
	e.Status, e.Code = status, &code
	return e
}

func writeError(w http.ResponseWriter, e *apiError) {
	writeJSON(w, e.Status, map[string]*apiError{"error": e})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // of our own types; the client may be gone
}
