import HyperparameterSearch

/// What a search can be asked for by name.
package enum SearchChoices {
    package static var samplers: [String] { Samplers.names }
    package static var pruners: [String] { Pruners.names }
}
