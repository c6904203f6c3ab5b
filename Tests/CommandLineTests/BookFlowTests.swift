import Basics
import Foundation
import TestSupport
import Testing

/// From an order book to weights in other tools, as people run it.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: RunProgram.hftml), "needs the built programs"))
struct BookFlowTests {
    static func hftml(_ directory: TemporaryDirectory, _ arguments: String...) throws -> RunProgram.Result {
        try RunProgram.run(RunProgram.hftml, arguments, in: directory.path)
    }

    /// A project with a feature table of made-up events and a small recipe with every new option.
    static func project(epochs: Int = 3, events: Int = 3000) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try MadeUpBook.write(to: directory, events: events)
        try directory.write(
            "schemaVersion: 1\ninput: book\nlevels: 3\ncolumns: relative-book\nfeatures: {imbalance: "
                + "queue_imbalance(2), flow: \"sum(order_flow_imbalance(1), 10)\"}\n"
                + "label: {kind: smoothed-both, horizon: 5, threshold: balanced}\n", to: "features.yaml")
        try directory.write(
            """
            schemaVersion: 1
            name: small
            window: 20
            layers:
              - {layer: reshape, width: 14}
              - {layer: conv2d, filters: 8, kernel: [1, 2], stride: [1, 2], init: keras}
              - {layer: leaky_relu}
              - {layer: conv2d, filters: 8, kernel: [4, 7], padding: same, init: keras}
              - {layer: batchnorm}
              - {layer: leaky_relu, name: trunk}
              - {layer: conv1d, filters: 8, kernel: 3, padding: same, name: short}
              - {layer: maxpool1d, kernel: 3, stride: 1, padding: same, from: trunk, name: pooled}
              - {layer: concat, from: [short, pooled]}
              - {layer: gru, hidden: 16}
              - {layer: dense, units: 3}
            split: {kind: times, validationFrom: "2012-06-21T10:30:00", testFrom: "2012-06-21T10:55:00"}
            trainingStride: 2
            training:
              loss: {kind: focal, gamma: 1, classWeights: balanced, balance: 0.5, labelSmoothing: 0}
              optimizer: {kind: adamw, learningRate: 0.005}
              schedule: {kind: cosine, warmupSteps: 10}
              batchSize: 64
              accumulation: 2
              averageDecay: 0.9
              clipNorm: 5
              epochs: \(epochs)
              monitor: f1_macro
              seed: 1

            """, to: "small.yaml")
        try directory.write(
            try FileChunks.text("\(SharedData.repository)/Pipelines/lob-deeplob/strategy.yaml"), to: "strategy.yaml")
        #expect(try hftml(directory, "init", "--no-scm").status == 0)
        let made = try hftml(directory, "features", "features.yaml", "books", "-o", "f.safetensors")
        #expect(made.status == 0, "\(made.errors)")
        return directory
    }

    @Test("features, two seeds, measures with deviations, an ensemble, and the same model in three other forms")
    func flow() throws {
        let directory = try BookFlowTests.project()
        let trained = try BookFlowTests.hftml(
            directory, "train", "small.yaml", "--features", "f.safetensors", "-o", "models", "--repeats", "2", "--json")
        #expect(trained.status == 0, "\(trained.errors)")
        let series = try JSONParser.parse(trained.output)
        #expect(
            series[key: "runs"]?.listValue?.count == 2
                && series[path: "validation.f1_macro.values"]?.listValue?.count == 2)
        let measured = try BookFlowTests.hftml(
            directory, "evaluate", "models", "--on", "f.safetensors", "--strategy", "strategy.yaml", "-o", "evaluation",
            "--json")
        #expect(measured.status == 0, "\(measured.errors)")
        let measures = try JSONParser.parse(measured.output)
        let f1 = try #require(measures[path: "test.f1_macro.mean"]?.doubleValue),
            naive = try #require(measures[path: "baseline.f1_macro"]?.doubleValue)
        // The sizes say where the price goes; a model that learned it beats the largest class by far.
        #expect(f1 > naive + 0.2, "macro F1 \(f1) against \(naive)")
        #expect(
            measures[path: "test.trade_agreement.mean"]?.doubleValue != nil
                && measures[path: "test.mcc.sd"]?.doubleValue != nil)

        let ensemble = try BookFlowTests.hftml(directory, "model", "ensemble", "models", "-o", "ensemble")
        #expect(ensemble.status == 0, "\(ensemble.errors)")
        let one = try BookFlowTests.hftml(
            directory, "evaluate", "ensemble", "--on", "f.safetensors", "--strategy", "strategy.yaml", "-o",
            "ensemble-evaluation", "--json")
        let ensembleF1 = try #require(try JSONParser.parse(one.output)[path: "test.f1_macro"]?.doubleValue)
        #expect(ensembleF1 > naive + 0.2)
        #expect(try JSONParser.parse(one.output)[path: "intervals.f1_macro.lower"]?.doubleValue ?? 2 < ensembleF1)
        let lineage = try BookFlowTests.hftml(directory, "lineage", "ensemble", "--json")
        _ = lineage
        let compared = try BookFlowTests.hftml(directory, "compare", "ensemble", "models/seed-1", "--json")
        #expect(compared.status == 0, "\(compared.errors)")

        // Out and in again: the same predictions, so the same measures.
        let before = try BookFlowTests.hftml(
            directory, "evaluate", "models/seed-1", "--on", "f.safetensors", "--strategy", "strategy.yaml", "-o", "e1",
            "--json")
        for (format, file) in [
            ("torch", "state.safetensors"), ("keras-h5", "model_weights.h5"), ("safetensors", "weights.safetensors"),
        ] {
            let out = try BookFlowTests.hftml(directory, "export", "models/seed-1", "--format", format, "-o", file)
            #expect(out.status == 0, "\(format): \(out.errors)")
            let back = try BookFlowTests.hftml(
                directory, "import-weights", file, "--format", format, "--like", "models/seed-1", "-o", "back-\(format)"
            )
            #expect(back.status == 0, "\(format): \(back.errors)")
            let after = try BookFlowTests.hftml(
                directory, "evaluate", "back-\(format)", "--on", "f.safetensors", "--strategy", "strategy.yaml", "-o",
                "e-\(format)", "--json")
            #expect(
                try JSONParser.parse(after.output)[key: "test"] == JSONParser.parse(before.output)[key: "test"],
                "\(format)")
        }
        #expect(
            try BookFlowTests.hftml(directory, "export", "models/seed-1", "--format", "onnx", "-o", "m.onnx").status
                == 0)
    }

    @Test("a summary says shapes, parameters and multiply-adds, and mistakes name the layer and both shapes")
    func summary() throws {
        let directory = try TemporaryDirectory()
        let named = try BookFlowTests.hftml(
            directory, "model", "summary", "deeplob-torch", "--features", "40", "--json")
        let node = try JSONParser.parse(named.output)
        #expect(node[key: "trained"]?.intValue == 143_907 && node[key: "input"]?.stringValue == "100×40")
        let layers = try #require(node[key: "layers"]?.listValue)
        #expect(layers.first { $0[key: "layer"]?.stringValue == "lstm" }?[key: "output"]?.stringValue == "1×64")
        #expect(layers.first { $0[key: "layer"]?.stringValue == "concat" }?[key: "from"]?.listValue?.count == 3)
        let recipe = "schemaVersion: 1\nname: x\nwindow: 10\ntraining: {loss: cross-entropy}\nlayers:\n"
        for (text, problem) in [
            (
                "  - {layer: dense, units: 4, name: a}\n  - {layer: dense, units: 5, name: b}\n  - {layer: add, from: "
                    + "[a, b]}\n",
                "found the shapes 10×4 and 10×5 at 'layers.2'"
            ),
            ("  - {layer: reshape, width: 7}\n", "found the shape 10×7×5"),
            (
                "  - {layer: conv1d, filters: 3, kernel: 11}\n",
                "found kernel 11 at 'layers.0' for an input of shape 10×40"
            ),
            ("  - {layer: attention, heads: 3}\n", "found 3 heads at 'layers.0' for an input of shape 10×40"),
            (
                "  - {layer: reshape, width: 40}\n  - {layer: lstm, hidden: 3}\n",
                "found an input of shape 10×40×1 at 'layers.1'"
            ),
            (
                "  - {layer: dense, units: 4, name: a}\n  - {layer: dense, units: 4, from: b}\n",
                "found the unknown source 'b' of 'layers.1'"
            ),
            ("  - {layer: dense, units: 4, name: a}\n  - {layer: dense, units: 4, from: input}\n", "nothing reads 'a'"),
        ] {
            try directory.write(recipe + text, to: "x.yaml")
            let result = try BookFlowTests.hftml(directory, "model", "summary", "x.yaml", "--features", "40")
            #expect(
                result.status == 64 && result.errors.contains(problem) && result.errors.contains("x.yaml:"),
                "\(result.errors)")
        }
    }

    @Test("killed at any time and resumed, on AVX2 or AVX-512, with one thread or three: the same weights")
    func digests() throws {
        let directory = try BookFlowTests.project(epochs: 6, events: 4000)
        func train(_ output: String, _ extra: [String] = [], environment: [String: String] = [:]) throws
            -> RunProgram.Result
        {
            try RunProgram.run(
                RunProgram.hftml,
                ["train", "small.yaml", "--features", "f.safetensors", "-o", output, "--json"] + extra,
                in: directory.path, environment: environment)
        }
        func weights(_ result: RunProgram.Result) throws -> String {
            try JSONParser.parse(result.output)[key: "weights"]?.stringValue ?? result.errors
        }
        let whole = try weights(try train("a", ["--threads", "2"]))
        #expect(whole.count == 64)
        #expect(
            try weights(try train("b", ["--threads", "1"])) == whole
                && weights(try train("c", ["--threads", "3"])) == whole)
        #expect(try weights(try train("d", environment: ["HFTML_KERNEL_LEVEL": "1"])) == whole)
        // The moment is random between the first checkpoint and the end; one that comes after the end is tried again,
        // in half the span.
        var random = SeededRandom(seed: 3), hits = 0, longest = 60_000
        for attempt in 0..<40 where hits < 2 {
            let name = "killed-\(attempt)"
            let process = try RunProgram.start(
                RunProgram.hftml,
                [
                    "train", "small.yaml", "--features", "f.safetensors", "-o", name, "--name", name,
                    "--checkpoint-every", "2",
                ], in: directory.path)
            try RunProgram.wait { try !process.isRunning || SearchFlowTests.hasCheckpoint(directory) }
            usleep(UInt32(random.index(below: longest)))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            guard process.terminationReason == .uncaughtSignal else {
                longest = max(1, longest / 2)
                continue
            }
            hits += 1
            let resumed = try train(name, ["--resume", name])
            #expect(try weights(resumed) == whole, "\(resumed.errors)")
        }
        #expect(hits == 2, "every run ended before it could be killed")
    }
}
