import Basics
import Features
import ModelBundles
import NeuralNetworks
import Registry
import Tensors

/// Several trained models in, one model out that answers with their mean: an ordinary model, which can be compared,
/// gated, bundled and exported.
///
/// Its graph holds the members as branches on one input. Probabilities are averaged, then turned back into logits;
/// returns are averaged as they are.
package enum EnsembleModels {
    /// - Parameter directories: what training wrote; a directory of repeats stands for all of them.
    package static func run(_ directories: [String], name: String?, output: String, session: Session) throws -> (
        run: String, members: Int, weights: String
    ) {
        let members = try directories.flatMap(RepeatTraining.directories).map {
            try EvaluateModel.TrainedModel($0, session: session)
        }
        guard let first = members.first, members.count > 1 else {
            throw Failure(
                "ensemble.members", "found \(members.count) models, expected at least 2",
                hint: "name several directories, or one of train --repeats")
        }
        for other in members.dropFirst() where !fits(other, first) {
            throw Failure(
                "ensemble.differ",
                "found run \(other.run.prefix(8)) trained on other features, window, label, scaling or split than run "
                    + "\(first.run.prefix(8))",
                hint: "members must see the same input")
        }
        var spec = first.model.spec
        spec.name = name ?? "\(spec.name)-ensemble"
        spec.layers = try merged(members.map(\.model))
        let network = try spec.network(), parameters = FloatBuffer(count: network.parameterCount)
        var offset = 0
        for member in members {
            (parameters.pointer + offset).update(
                from: member.model.parameters.pointer, count: member.model.network.parameterCount)
            offset += member.model.network.parameterCount
        }
        let registry = try session.registry()
        let sources = try members.map { try registry.run($0.run) }
        let id = try session.startRun(
            like: sources[0], kind: .ensemble, name: spec.name,
            parameters: [("members", sources.map { String($0.id.prefix(8)) }.joined(separator: " "))],
            registry: registry)
        return try registry.ending(id) {
            try Paths.makeDirectory(output)
            let path = Paths.join(output, "model.safetensors")
            try ModelFile(spec: spec, network: network, parameters: parameters).write(to: path)
            let stored = try session.artefacts.add(path)
            try registry.addArtefact(run: id, name: .model, digest: stored.digest, size: stored.size)
            try registry.link(
                sources.map { TrainModel.runNode($0.id, name: $0.name) }, to: TrainModel.runNode(id, name: spec.name))
            let span = try members.map { try TraceSpan.of(run: $0.run, known: $0.span, session: session) }
                .reduce(LearnedSpan()) { $0.union($1) }
            // What any member learned from is over where the latest test begins.
            let tests = try members.compactMap {
                try TestSpan.of(run: $0.run, summary: $0.testSpan, span: $0.span, registry: registry)
            }
            let testSpan = tests.count == members.count ? tests.max { $0.from < $1.from } : nil
            try registry.setStart(
                RegistryDatabase.RunStart(derivedFrom: span, testSpan, baseline: first.baseline), run: id)
            try registry.finish(run: id, status: .finished)
            let summary = JSONValue.map([
                "schemaVersion": .int(1), "run": .string(id), "name": .string(spec.name),
                "weights": .string(stored.digest),
                "span": span.json, "testSpan": testSpan?.json ?? .null,
                "members": .strings(members.map(\.run)),
                "parameters": .int(network.parameterCount), "baseline": .doubles(first.baseline),
                "split": first.split.json,
            ])
            try AtomicFile.write(summary.text(.pretty) + "\n", to: Paths.join(output, "run.json"))
            return (id, members.count, stored.digest)
        }
    }

    private static func fits(_ a: EvaluateModel.TrainedModel, _ b: EvaluateModel.TrainedModel) -> Bool {
        let x = a.model.spec, y = b.model.spec
        return x.features == y.features && x.window == y.window && x.label == y.label && x.scaler == y.scaler
            && x.output == y.output && x.market == y.market
            && a.split == b.split
    }

    /// The members' graphs side by side. Every node gets a name, because positions change.
    static func merged(_ models: [ModelFile]) throws -> [JSONValue] {
        var all: [JSONValue] = [], ends: [String] = []
        let output = models[0].spec.output
        for (member, model) in models.enumerated() {
            var last = "input"
            for (index, layer) in model.spec.layers.enumerated() {
                func renamed(_ name: String) -> String { name == "input" ? name : "m\(member)-\(name)" }
                let name = renamed(layer[key: "name"]?.stringValue ?? "\(index)")
                let from: JSONValue =
                    if let node = layer[key: "from"] {
                        .strings((node.listValue ?? [node]).compactMap(\.stringValue).map(renamed))
                    } else { .string(last) }
                let options = (layer.mapValue ?? []).filter { $0.key != "name" && $0.key != "from" }.map {
                    ($0.key, $0.value)
                }
                all.append(.map(options + [("name", .string(name)), ("from", from)]))
                last = name
            }
            let end = "m\(member)-answer"
            let activation =
                switch output {
                case .classes: "softmax"
                case .probability: "sigmoid"
                case .basisPoints: "flatten"
                }
            all.append(.map(["layer": .string(activation), "name": .string(end), "from": .string(last)]))
            ends.append(end)
        }
        all.append(.map(["layer": .string("average"), "from": .strings(ends)]))
        switch output {
        case .classes: all.append(.map(["layer": .string("log")]))
        case .probability: all.append(.map(["layer": .string("logit")]))
        case .basisPoints: break
        }
        return all
    }
}
