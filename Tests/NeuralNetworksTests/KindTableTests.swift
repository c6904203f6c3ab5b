import Basics
import NeuralNetworks
import Testing

/// One table a thing that a configuration names; each is valid, and refuses an unknown name with the nearest one.
@Suite struct KindTableTests {
    struct Table: Sendable, CustomTestStringConvertible {
        let noun: String
        let names: [String]
        let duplicates: [String]
        let summaries: [String]
        let refuse: @Sendable (String) throws -> Void

        init<T>(_ kinds: Kinds<T>) {
            (noun, names, duplicates) = (kinds.noun, kinds.names, kinds.duplicates)
            summaries = kinds.entries.map(\.summary)
            refuse = { _ = try kinds.find($0) }
        }

        var testDescription: String { noun }
    }

    static let tables = [
        Table(LayerFactory.kinds), Table(Loss.kinds), Table(OptimizerConfig.kinds), Table(LearningRateSchedule.kinds),
        Table(ValidationMeasures.kinds), Table(NamedModels.kinds),
    ]

    @Test("no name stands twice, every one has a summary, and a slip of the pen names the nearest", arguments: tables)
    func valid(_ table: Table) throws {
        #expect(table.duplicates.isEmpty)
        #expect(table.summaries.allSatisfy { !$0.isEmpty && $0.count <= 100 && !$0.hasSuffix(".") })
        let name = try #require(table.names.max { $0.count < $1.count })
        let error = #expect(throws: ConfigError.self) { try table.refuse(name + "x") }
        #expect(error?.problem.hasPrefix("found the unknown \(table.noun) '") == true)
        #expect(error?.problem.hasSuffix("expected one of \(table.names.joined(separator: ", "))") == true)
        #expect(error?.hint == "did you mean '\(name)'?")
    }

    @Test("every layer's entry is its own kind, and every activation and join is in the table")
    func layers() {
        for function in Activation.Function.allCases { #expect(LayerFactory.kinds[function.rawValue] != nil) }
        for kind in Join.Kind.allCases { #expect(LayerFactory.kinds[kind.rawValue] != nil) }
        for choice in ["dense", "conv1d", "lstm", "attention", "tabl"] {
            guard case .layer(let keys, _)? = LayerFactory.kinds[choice] else {
                Issue.record("'\(choice)' is no layer with options")
                continue
            }
            #expect(!keys.contains("layer") && Set(keys).count == keys.count)
        }
    }

    @Test("the measures of a loss begin with the loss, and only they can be monitored")
    func measures() throws {
        #expect(ValidationMeasures.names(.meanSquaredError) == ["loss", "mae", "r2", "ic"])
        #expect(
            ValidationMeasures.names(.binaryCrossEntropy(positiveWeight: 1))
                == ["loss", "accuracy", "f1", "f1_macro", "roc_auc"])
        #expect(
            ValidationMeasures.names(.crossEntropy(Loss.CrossEntropy()))
                == ["loss", "accuracy", "f1_macro", "f1_weighted", "kappa", "mcc"])
        #expect(ValidationMeasures.kinds.names.filter(ValidationMeasures.prefersLess) == ["loss", "mae"])
        let node = try JSONParser.parse(#"{"loss": "mse", "monitor": "mea"}"#)
        let error = #expect(throws: ConfigError.self) { try TrainingConfig(node, path: "training") }
        #expect(error?.problem == "found the unknown monitor 'mea', expected one of loss, mae, r2, ic")
        #expect(error?.hint == "did you mean 'mae'?")
    }
}
