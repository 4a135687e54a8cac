// Package helm tests the chart in deploy/helm/lode, which has no code of its own: Helm's library renders it with each of its
// ci/*-values.yaml, every manifest is decoded strictly into the official types, what must hold of all of them is asserted, and
// the services' own programs check the configurations that come out.
//
// It is a module of its own, so that the dependencies of Helm and Kubernetes stay out of ours; make test runs it.
package helm
