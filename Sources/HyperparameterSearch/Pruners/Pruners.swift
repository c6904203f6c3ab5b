package import Basics

/// Pruners by their configuration: a name, or a map with `kind` and options. A new one is a file beside this one and a
/// line here.
package enum Pruners {
    /// By name, in the order of the reference documentation.
    package static let kinds = Kinds<any Pruner.Type>(
        "pruner",
        [
            entry(NoPruner.self), entry(MedianPruner.self), entry(SuccessiveHalvingPruner.self),
            entry(HyperbandPruner.self), entry(PatiencePruner.self), entry(WilcoxonPruner.self),
        ])

    /// As configurations write them.
    package static var names: [String] { kinds.names }

    /// - Parameter maximumSteps: the most reports that a trial makes, for pruners that plan with it.
    /// - Throws: ``ConfigError``.
    package static func make(_ node: JSONValue, maximumSteps: Int, path: String = "pruner") throws -> any Pruner {
        let node =
            node.stringValue.map { JSONValue(JSONValue.map(["kind": .string($0)]).kind, mark: node.mark) } ?? node
        let name = node[key: "kind"]
        let kind = try kinds.find(name?.stringValue ?? "", at: name?.mark ?? node.mark)
        return try kind.init(
            try ConfigReader(node, path: path, keys: ["kind"] + kind.keys), maximumSteps: maximumSteps)
    }

    private static func entry<P: Pruner>(_ pruner: P.Type) -> Kinds<any Pruner.Type>.Entry {
        .init(pruner.kind, pruner.summary, pruner)
    }
}
