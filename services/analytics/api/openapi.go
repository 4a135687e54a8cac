package api

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// version of the document: it changes when an answer loses or changes a column.
const version = "1.0.0"

// problem is what an answer that is no 200 says.
var problem = openapi3.NewObjectSchema().WithProperty("error", openapi3.NewStringSchema()).WithRequired([]string{"error"})

// document describes the routes as OpenAPI 3, from the table that serves them.
func (s *Server) document() ([]byte, error) {
	doc := &openapi3.T{
		OpenAPI: "3.0.3",
		Info: &openapi3.Info{
			Title: "Lode analytics", Version: version,
			Description: "Read-only answers about relays, claims and money on Pocket Network. Amounts are whole upokt, in JSON decimal strings. " +
				"Heights are block heights. A list comes in pages: send next_cursor back as cursor, with the same other parameters. " +
				"With format csv, parquet or arrow the whole list comes at once.",
		},
		Paths: openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas: openapi3.Schemas{"Error": openapi3.NewSchemaRef("", problem)},
			SecuritySchemes: openapi3.SecuritySchemes{"token": &openapi3.SecuritySchemeRef{
				Value: openapi3.NewSecurityScheme().WithType("http").WithScheme("bearer").WithDescription("Needed where tokens are configured.")}},
		},
		Security: openapi3.SecurityRequirements{{}, {"token": []string{}}},
	}
	for _, route := range s.Routes {
		doc.Paths.Set(route.Path, &openapi3.PathItem{Get: route.operation()})
	}
	if s.Live != nil {
		doc.Paths.Set(livePath, &openapi3.PathItem{Get: liveOperation()})
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("describe the routes: %w", err)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the routes: %w", err)
	}
	return text, nil
}

// livePath tells when asking again is worth it.
const livePath = "/v1/live"

func liveOperation() *openapi3.Operation {
	op := openapi3.NewOperation()
	op.OperationID, op.Summary = "live", "Server-sent events: the last height, its time, and when relays were last summed, whenever one of them changes"
	content := openapi3.Content{"text/event-stream": openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema())}
	op.AddResponse(200, openapi3.NewResponse().WithDescription("Events of type progress; data is a JSON object.").WithContent(content))
	return op
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

func (r *Route) operation() *openapi3.Operation {
	op := openapi3.NewOperation()
	op.OperationID, op.Summary, op.Description = r.Name(), r.Summary, r.About
	add := func(p *openapi3.Parameter) { op.Parameters = append(op.Parameters, &openapi3.ParameterRef{Value: p}) }
	for _, m := range inPath.FindAllStringSubmatch(r.Path, -1) {
		add(openapi3.NewPathParameter(m[1]).WithSchema(openapi3.NewStringSchema()))
	}
	query := func(name, about string, schema *openapi3.Schema) *openapi3.Parameter {
		return openapi3.NewQueryParameter(name).WithDescription(about).WithSchema(schema)
	}
	if !r.NoRange {
		const form = "a date, an RFC 3339 time, seconds since 1970, or height:N"
		add(query("from", "First moment or block: "+form+".", openapi3.NewStringSchema()))
		add(query("to", "First moment or block behind the range: "+form+".", openapi3.NewStringSchema()))
	}
	if len(r.Groups) > 0 {
		about := []string{"What rows are summed by: some of these, with commas between them."}
		for _, g := range r.Groups {
			about = append(about, g.Name+": "+g.About+".")
		}
		add(query("group_by", strings.Join(about, " "), openapi3.NewStringSchema().WithDefault(strings.Join(r.By, ","))))
	}
	for _, f := range r.Filters {
		p := query(f.Name, "Only these: "+f.About+". It may be given several times.", openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema()))
		p.Explode = openapi3.Ptr(true)
		add(p)
	}
	for _, param := range r.Params {
		p := query(param.Name, param.About+".", param.schema())
		p.Required = param.Required
		add(p)
	}
	op.Responses = r.responses()
	if r.Whole == nil {
		names := []any{}
		for _, f := range Formats {
			names = append(names, f.Name)
		}
		add(query("limit", "Rows of a page.", openapi3.NewIntegerSchema().WithMin(1).WithMax(maxLimit).WithDefault(defaultLimit)))
		add(query("cursor", "next_cursor of the page before.", openapi3.NewStringSchema()))
		add(query("format", "How the answer is written.", openapi3.NewStringSchema().WithEnum(names...).WithDefault("json")))
	}
	return op
}

func (p Param) schema() *openapi3.Schema {
	schema := schemaOf(p.Kind)
	for _, choice := range p.Choices {
		schema.Enum = append(schema.Enum, choice)
	}
	if p.Default != "" && p.Kind == Text {
		schema.Default = p.Default
	}
	return schema
}

func (r *Route) responses() *openapi3.Responses {
	content := openapi3.NewContentWithJSONSchema(r.schema())
	if r.Whole == nil {
		for _, f := range Formats[1:] {
			content[f.Type] = openapi3.NewMediaType().WithSchema(openapi3.NewStringSchema().WithFormat("binary"))
		}
	}
	all := openapi3.NewResponsesWithCapacity(6)
	all.Set("200", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("The answer.").WithContent(content)})
	for status, about := range map[string]string{
		"400": "A parameter is wrong; the text says which.", "401": "A token is needed.", "403": "The token does not see this.",
		"404": "There is no such thing.", "422": "The answer would cost more than is allowed.", "502": "The store did not answer.",
	} {
		schema := openapi3.NewSchemaRef("#/components/schemas/Error", problem)
		all.Set(status, &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription(about).WithContent(openapi3.NewContentWithJSONSchemaRef(schema))})
	}
	return all
}

// schema is that of a page of rows; of an answer that is no list only that it is an object.
func (r *Route) schema() *openapi3.Schema {
	if r.Whole != nil && len(r.Columns) == 0 {
		return openapi3.NewObjectSchema().WithAnyAdditionalProperties()
	}
	row := openapi3.NewObjectSchema().WithoutAdditionalProperties()
	for _, g := range r.Groups {
		row.WithProperty(g.Name, described(g.Kind, g.About))
	}
	for _, c := range r.Columns {
		schema := described(c.Kind, c.About)
		schema.Nullable = c.Null
		row.WithProperty(c.Name, schema)
		row.Required = append(row.Required, c.Name)
	}
	return openapi3.NewObjectSchema().WithProperty("rows", openapi3.NewArraySchema().WithItems(row)).
		WithProperty("next_cursor", openapi3.NewStringSchema()).WithProperty("expired", openapi3.NewIntegerSchema().WithMin(1)).WithRequired([]string{"rows"}).WithoutAdditionalProperties()
}

func described(k Kind, about string) *openapi3.Schema {
	schema := schemaOf(k)
	schema.Description = about
	return schema
}

func schemaOf(k Kind) *openapi3.Schema {
	switch k {
	case Count:
		return openapi3.NewIntegerSchema().WithMin(0)
	case Integer:
		return openapi3.NewIntegerSchema()
	case Number:
		return openapi3.NewFloat64Schema()
	case Amount:
		return openapi3.NewStringSchema().WithPattern(`^[0-9]+$`)
	case Signed:
		return openapi3.NewStringSchema().WithPattern(`^-?[0-9]+$`)
	case Time:
		return openapi3.NewDateTimeSchema()
	case Day:
		return openapi3.NewStringSchema().WithFormat("date")
	case Flag:
		return openapi3.NewBoolSchema()
	case Texts:
		return openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	default:
		return openapi3.NewStringSchema()
	}
}
