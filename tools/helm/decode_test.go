package helm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/santhosh-tekuri/jsonschema/v6"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
	strict "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// release is what was rendered, by kind and name.
type release struct {
	deployments map[string]*apps.Deployment
	sets        map[string]*apps.StatefulSet
	jobs        map[string]*batch.Job
	configs     map[string]*core.ConfigMap
	services    map[string]*core.Service
	accounts    map[string]*core.ServiceAccount
	budgets     map[string]*policy.PodDisruptionBudget
	policies    map[string]*networking.NetworkPolicy
	ingresses   map[string]*networking.Ingress
	routes      map[string]*gateway.HTTPRoute
	podMonitors map[string]*monitoring.PodMonitor
	rules       map[string]*monitoring.PrometheusRule
	scaled      map[string]*scaledObject
}

// scaledObject is what the tests look at; the shape is checked by KEDA's own definition.
type scaledObject struct {
	meta.TypeMeta
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef                   struct{ Kind, Name string }
		MinReplicaCount, MaxReplicaCount int32
		Triggers                         []struct{ Metadata map[string]string }
	}
}

// decode takes no manifest with a field that its type has not, a field given twice, a kind that is not listed here, or a name
// that is there already.
func decode(texts []string) (*release, error) {
	r := &release{}
	into := map[string]func([]byte) error{
		"apps/v1 Deployment":                      kind(&r.deployments, exact),
		"apps/v1 StatefulSet":                     kind(&r.sets, exact),
		"batch/v1 Job":                            kind(&r.jobs, exact),
		"v1 ConfigMap":                            kind(&r.configs, exact),
		"v1 Service":                              kind(&r.services, exact),
		"v1 ServiceAccount":                       kind(&r.accounts, exact),
		"policy/v1 PodDisruptionBudget":           kind(&r.budgets, exact),
		"networking.k8s.io/v1 NetworkPolicy":      kind(&r.policies, exact),
		"networking.k8s.io/v1 Ingress":            kind(&r.ingresses, exact),
		"gateway.networking.k8s.io/v1 HTTPRoute":  kind(&r.routes, exact),
		"monitoring.coreos.com/v1 PodMonitor":     kind(&r.podMonitors, exact),
		"monitoring.coreos.com/v1 PrometheusRule": kind(&r.rules, exact),
		"keda.sh/v1alpha1 ScaledObject":           kind(&r.scaled, byKEDA),
	}
	for _, text := range texts {
		raw, err := yaml.YAMLToJSONStrict([]byte(text))
		if err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, text)
		}
		var head meta.TypeMeta
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, err
		}
		take, ok := into[head.APIVersion+" "+head.Kind]
		if !ok {
			return nil, fmt.Errorf("no type for %s %s", head.APIVersion, head.Kind)
		}
		if err := take(raw); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, text)
		}
	}
	return r, nil
}

// kind collects objects of one kind.
func kind[T any, P interface {
	*T
	meta.Object
}](all *map[string]P, check func([]byte, any) error) func([]byte) error {
	*all = map[string]P{}
	return func(raw []byte) error {
		object := P(new(T))
		if err := check(raw, object); err != nil {
			return err
		}
		name := object.GetName()
		if (*all)[name] != nil {
			return fmt.Errorf("%s is there already", name)
		}
		(*all)[name] = object
		return named(object)
	}
}

// exact decodes as the API server does when it is asked to be strict: letter for letter.
func exact(raw []byte, object any) error {
	wrong, err := strict.UnmarshalStrict(raw, object)
	return errors.Join(append(wrong, err)...)
}

// named checks name and labels, which the types take as they are.
func named(object meta.Object) error {
	faults := validation.IsDNS1123Label(object.GetName())
	for key, value := range object.GetLabels() {
		faults = append(faults, validation.IsQualifiedName(key)...)
		faults = append(faults, validation.IsValidLabelValue(value)...)
	}
	for key := range object.GetAnnotations() {
		faults = append(faults, validation.IsQualifiedName(strings.ToLower(key))...)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s: %s", object.GetName(), strings.Join(faults, "; "))
	}
	return nil
}

// byKEDA checks by the schema that KEDA gives the API server: its Go types would bring its whole operator along.
func byKEDA(raw []byte, object any) error {
	text, err := os.ReadFile("testdata/scaledobject-crd.yaml")
	if err != nil {
		return err
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct{ OpenAPIV3Schema map[string]any }
			}
		}
	}
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return err
	}
	schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	closed(schema)
	delete(schema["properties"].(map[string]any), "metadata") // any object's
	schema["additionalProperties"] = true
	c := jsonschema.NewCompiler()
	if err := c.AddResource("crd.json", schema); err != nil {
		return err
	}
	compiled, err := c.Compile("crd.json")
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return err
	}
	if err := compiled.Validate(value); err != nil {
		return err
	}
	return json.Unmarshal(raw, object)
}

// closed takes no property that a schema does not name, all the way down, as the API server when it is strict.
func closed(schema map[string]any) {
	if _, open := schema["additionalProperties"]; !open && schema["properties"] != nil && schema["x-kubernetes-preserve-unknown-fields"] == nil {
		schema["additionalProperties"] = false
	}
	delete(schema, "format") // int32 and the like are no formats of JSON schema
	inner, _ := schema["properties"].(map[string]any)
	for _, value := range inner {
		closed(value.(map[string]any))
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if value, ok := schema[key].(map[string]any); ok {
			closed(value)
		}
	}
}
