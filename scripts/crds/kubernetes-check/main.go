// Judges a custom resource definition and objects of it by the code of Kubernetes' own API server.
//
//	kubernetes-check DEFINITION.yaml <OBJECTS
//
// OBJECTS has one JSON object on each line. The first line of output is what the API server makes of the definition: what is
// wrong with it, and what it estimates that each of its rules may cost. Then comes one line for each object: why it would be
// refused, an empty list if it would not.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	definitions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	objects "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	limits "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"sigs.k8s.io/yaml"
)

type estimate struct {
	At      string `json:"at"`
	Message string `json:"message"`
	// Of one evaluation, times how often the schema allows the value to occur.
	Cost uint64 `json:"cost"`
}

type refusal struct {
	Type    string `json:"type"`
	At      string `json:"at"`
	Message string `json:"message"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: kubernetes-check DEFINITION.yaml <OBJECTS")
		os.Exit(2)
	}
	definition, err := read(os.Args[1])
	if err != nil {
		fail(err)
	}
	if err := judgeDefinition(definition); err != nil {
		fail(err)
	}
	if err := judgeObjects(schemaOf(definition)); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func read(file string) (*apiextensions.CustomResourceDefinition, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var written apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &written); err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scheme.Default(&written)
	var definition apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&written, &definition, nil); err != nil {
		return nil, err
	}
	// The API server fills this in before it judges.
	definition.Status.StoredVersions = []string{definition.Spec.Versions[0].Name}
	return &definition, nil
}

// With one version, the schema of all versions is that one's.
func schemaOf(definition *apiextensions.CustomResourceDefinition) *apiextensions.JSONSchemaProps {
	if definition.Spec.Validation != nil {
		return definition.Spec.Validation.OpenAPIV3Schema
	}
	return definition.Spec.Versions[0].Schema.OpenAPIV3Schema
}

func judgeDefinition(definition *apiextensions.CustomResourceDefinition) error {
	estimates := []estimate{}
	root := schemaOf(definition)
	if err := estimateRules(root, "", definitions.RootCELContext(root), &estimates); err != nil {
		return err
	}
	sort.Slice(estimates, func(a, b int) bool { return estimates[a].Cost > estimates[b].Cost })
	return write(struct {
		Problems  []refusal  `json:"problems"`
		Estimates []estimate `json:"estimates"`
	}{refusals(definitions.ValidateCustomResourceDefinition(context.Background(), definition)), estimates})
}

func estimateRules(
	node *apiextensions.JSONSchemaProps,
	at string,
	where *definitions.CELSchemaContext,
	estimates *[]estimate,
) error {
	if len(node.XValidations) > 0 {
		info, err := where.TypeInfo()
		if err != nil {
			return err
		}
		results, err := cel.Compile(info.Schema, info.DeclType, limits.PerCallLimit,
			environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()), cel.NewExpressionsEnvLoader())
		if err != nil {
			return err
		}
		for index, result := range results {
			// What does not compile is among the problems of the definition.
			cost := result.MaxCost
			if where.MaxCardinality != nil {
				cost *= *where.MaxCardinality
			}
			*estimates = append(*estimates, estimate{at, node.XValidations[index].Message, cost})
		}
	}
	for name := range node.Properties {
		child := node.Properties[name]
		path := strings.TrimPrefix(at+"."+name, ".")
		if err := estimateRules(&child, path, where.ChildPropertyContext(&child, name), estimates); err != nil {
			return err
		}
	}
	if node.Items != nil && node.Items.Schema != nil {
		items := node.Items.Schema
		return estimateRules(items, at+"[]", where.ChildItemsContext(items), estimates)
	}
	return nil
}

// As the API server does on creation: prune, default, schema, lists, and the rules when all of that is well.
func judgeObjects(props *apiextensions.JSONSchemaProps) error {
	structural, err := schema.NewStructural(props)
	if err != nil {
		return err
	}
	validator, _, err := objects.NewSchemaValidator(props)
	if err != nil {
		return err
	}
	rules := cel.NewValidator(structural, true, limits.PerCallLimit)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var object map[string]interface{}
		if err := utiljson.Unmarshal(lines.Bytes(), &object); err != nil {
			return err
		}
		pruning.Prune(object, structural, true)
		defaulting.PruneNonNullableNullsWithoutDefaults(object, structural)
		defaulting.Default(object, structural)
		errors := objects.ValidateCustomResource(nil, object, validator)
		errors = append(errors, listtype.ValidateListSetsAndMaps(nil, structural, object)...)
		if len(errors) == 0 {
			errors, _ = rules.Validate(context.Background(), nil, structural, object, nil, limits.RuntimeCELCostBudget)
		}
		if err := write(refusals(errors)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func refusals(errors field.ErrorList) []refusal {
	all := []refusal{}
	for _, each := range errors {
		all = append(all, refusal{string(each.Type), each.Field, each.Detail})
	}
	return all
}

func write(value interface{}) error {
	return json.NewEncoder(os.Stdout).Encode(value)
}
