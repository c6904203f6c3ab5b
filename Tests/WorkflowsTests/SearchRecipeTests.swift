import Basics
import Features
import HyperparameterSearch
import TestSupport
import Testing
import Workflows

/// What a search file may name, and the sentence for what it may not.
@Suite struct SearchRecipeTests {
    private static func recipe(_ sections: String, loss: String = "mse") throws -> SearchRecipe {
        let directory = try TemporaryDirectory()
        try directory.write(
            "schemaVersion: 1\nname: tiny\nwindow: 4\nlayers:\n  - {layer: flatten}\n  - {layer: dense, units: 1}\n"
                + "training: {loss: \(loss), epochs: 2}\n", to: "tiny.yaml")
        try directory.write(
            "schemaVersion: 1\nname: s\ntrain: tiny.yaml\nfeatures: f.safetensors\n"
                + "parameters: {window: {int: [2, 8]}}\n" + sections, to: "search.yaml")
        return try SearchRecipe(directory.file("search.yaml"))
    }

    @Test("objectives: the measures of the loss, then what every network has, each once and with its direction")
    func objectives() throws {
        let recipe = try Self.recipe("objectives: [{metric: loss}, {metric: ic}, {metric: parameters}]\n")
        #expect(recipe.objectives.map(\.direction) == [.minimize, .maximize, .minimize])
        let kinds = SearchObjectives.kinds(recipe.base)
        #expect(kinds.names == ["loss", "mae", "r2", "ic", "sharpe", "parameters", "multiplyAdds"])
        #expect(kinds.duplicates.isEmpty && kinds.entries.allSatisfy { !$0.summary.isEmpty })
        #expect(kinds.entries.filter(\.value.isReported).map(\.name) == ["loss", "mae", "r2", "ic"])
        #expect(kinds.entries.filter(\.value.needsStrategy).map(\.name) == ["sharpe"])
        let binary = SearchObjectives.kinds(try Self.recipe("objective: {metric: roc_auc}\n", loss: "bce").base)
        #expect(binary["roc_auc"]?.prefersLess == false && binary["mae"] == nil)
    }

    @Test("an unknown objective or kind of folds is refused with the nearest name")
    func unknown() throws {
        let objective = #expect(throws: ConfigError.self) { try Self.recipe("objective: {metric: sharp}\n") }
        #expect(objective?.hint == "did you mean 'sharpe'?")
        #expect(objective?.problem.hasPrefix("found the unknown objective 'sharp', expected one of loss, mae") == true)
        let folds = #expect(throws: ConfigError.self) {
            try Self.recipe("objective: {metric: loss}\nfolds: {kind: walkforward}\n")
        }
        #expect(folds?.hint == "did you mean 'walk-forward'?")
        let strategy = #expect(throws: ConfigError.self) { try Self.recipe("objective: {metric: sharpe}\n") }
        #expect(strategy?.problem == "found the objective 'sharpe' without a 'strategy'")
    }

    @Test("folds are the kinds of split that have several, and read back what they write")
    func folds() throws {
        #expect(SplitKind.folded.names == ["walk-forward", "purged-k-fold"])
        let recipe = try Self.recipe("objective: {metric: loss}\nfolds: {kind: purged-k-fold, count: 3, embargo: 6}\n")
        let folds = try #require(recipe.folds)
        #expect(try SearchRecipe.Folds(folds.json) == folds)
        #expect(folds.json.text(.compact).contains(#""kind":"purged-k-fold""#))
        let split = folds.split(2, of: SplitSpec(validation: 0.1))
        #expect(split == SplitSpec(kind: .purgedKFold, validation: 0.1, folds: 3, fold: 2, embargo: 6))
    }

    @Test("a worker that is asked for folds it does not know refuses the trial, and does not train without them")
    func unknownFolds() throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            #"{"number": 1, "config": "c.yaml", "assignments": {}, "metrics": ["loss"], "threads": 1, "#
                + #""folds": {"kind": "folds-of-tomorrow", "count": 3}}"#, to: "request-1.json")
        let error = #expect(throws: ConfigError.self) { try SearchWorker.serve(directory: directory.path) }
        #expect(error?.problem.contains("folds-of-tomorrow") == true)
    }
}
