import Basics
import Foundation
import Interchange
import NeuralNetworks
import TestSupport
import Tensors
import Testing

/// Everything that the other tools are asked, in one process of Python: starting it takes longer than all the rest.
struct Exchange {
    /// What one tool said of one model.
    struct Answer {
        let worst: Double
        let scale: Double
        let error: String?

        /// Within 1e-5 of the largest output or of 1.
        var isEqual: Bool { error == nil && worst <= 1e-5 * max(scale, 1) }
    }

    /// A model that is exchanged.
    struct Subject {
        let name: String
        let layers: [JSONValue]
        let model: InterchangeTests.Model
        /// By the tool, why it was refused.
        var refusals: [String: Failure] = [:]
    }

    static let graphCount = Int(ProcessInfo.processInfo.environment["HFTML_TEST_GRAPHS"] ?? "") ?? 20

    /// The layers that the obvious `nn.Sequential` has too.
    static let sequential = [
        ("bars-cnn", nil as String?),
        (
            "pooled",
            #"""
            [{"layer": "conv1d", "filters": 4, "kernel": 3}, {"layer": "tanh"}, {"layer": "maxpool1d", "kernel": 2},
            {"layer": "leaky_relu"}, {"layer": "flatten"}, {"layer": "dense", "units": 3}]
            """#
        ),
    ]

    let directory: TemporaryDirectory
    private(set) var subjects: [Subject] = []
    private(set) var answers: [String: Answer] = [:]

    /// All of it, once.
    static let shared: Result<Exchange, any Error> = Result { try Exchange() }

    static var isPossible: Bool {
        ["torch", "keras", "onnxruntime"].allSatisfy { SharedData.pythonHas($0) } && HDF5Library.isAvailable
    }

    /// A static value is never released, so the directory is removed when the process ends.
    private static let cleanUp: Void = {
        _ = atexit { if case .success(let made) = Exchange.shared { made.remove() } }
    }()
    private func remove() { try? FileManager.default.removeItem(atPath: directory.path) }

    private init() throws {
        directory = try TemporaryDirectory()
        _ = Exchange.cleanUp
        var jobs: [(name: String, kind: String, more: [(String, JSONValue)])] = []
        for seed in 0..<Exchange.graphCount {
            let graph = RandomGraph(seed: UInt64(seed))
            try add("g\(seed)", graph.layers, time: graph.time, features: graph.features, &jobs)
        }
        for named in NamedModels.all {
            try add(named.name, named.layers, time: named.window, features: named.name == "tlob" ? 12 : 40, &jobs)
        }
        for (name, text) in Exchange.sequential {
            let named = NamedModels.all.first { $0.name == name }
            let layers = try text.map { try #require(JSONParser.parse($0).listValue) } ?? named?.layers ?? []
            let subject = "sequential-\(name)"
            try add(subject, layers, time: 12, features: 5, &jobs, tools: ["torch"])
            jobs.append((subject, "sequential", [("layers", .list(layers))]))
        }
        try writePickle()
        jobs += [("deeplob-keras", "deeplob", []), ("options", "keras-options", []), ("pickles", "pickles", [])]
        let list = JSONValue.list(
            jobs.map { .map([("name", .string($0.name)), ("kind", .string($0.kind))] + $0.more) })
        try AtomicFile.write(list.text(.compact), to: directory.file("jobs.json"))
        answers = try ask()
    }

    private mutating func add(
        _ name: String, _ layers: [JSONValue], time: Int, features: Int,
        _ jobs: inout [(name: String, kind: String, more: [(String, JSONValue)])],
        tools: [String] = ["onnx", "torch", "keras"]
    ) throws {
        let model = try InterchangeTests.Model(layers, time: time, features: features)
        var subject = Subject(name: name, layers: layers, model: model)
        let network = model.network, parameters = model.parameters
        func file(_ ending: String) -> String { directory.file(name + ending) }
        try CheckFile.make(network, parameters: parameters).write(to: file(".check.safetensors"))
        for tool in tools {
            do {
                switch tool {
                case "onnx":
                    let data = try ONNXExporter.model(network, parameters: parameters, name: name)
                    try AtomicFile.write(Array(data), to: file(".onnx"))
                    jobs.append((name, "onnx", []))
                case "torch":
                    try AtomicFile.write(try TorchModule.text(network, name: name), to: file("_module.py"))
                    let (state, names) = TorchWeights.export(network, parameters: parameters)
                    try state.write(to: file(".safetensors"))
                    try AtomicFile.write(try TorchArchiveWriter.bytes(state, order: names), to: file(".pth"))
                    jobs += [(name, "torch", []), (name, "torch-make", [])]
                default:
                    for (form, ending) in [
                        (KerasFile.Form.archive, ".keras"), (.wholeModel, ".h5"), (.weights, ".weights.h5"),
                    ] {
                        try KerasFile.write(network, parameters: parameters, name: name, form: form, to: file(ending))
                    }
                    // The authors' network takes this one's place.
                    jobs += [(name, "keras", [])] + (name == "deeplob-keras" ? [] : [(name, "keras-make", [])])
                }
            } catch let refusal as Failure {
                subject.refusals[tool] = refusal
            }
        }
        subjects.append(subject)
    }

    /// A state dict with a matrix, a counter and an empty tensor.
    private func writePickle() throws {
        var file = SafetensorsFile()
        file.set("b.weight", shape: [2, 3], .float32([0, 1, 2, 3, 4, 5]))
        file.set("a.count", shape: [], .int64([7]))
        file.set("c.bias", shape: [0], .float32([]))
        try AtomicFile.write(
            try TorchArchiveWriter.bytes(file, order: ["b.weight", "a.count", "c.bias"]), to: directory.file("ours.pth")
        )
    }

    private func ask() throws -> [String: Answer] {
        guard let python = SharedData.client("python") else { return [:] }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = ["\(SharedData.repository)/Tests/InterchangeTests/Fixtures/graphs.py", directory.path]
        process.environment = ProcessInfo.processInfo.environment.merging(["KERAS_BACKEND": "torch"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let root = try JSONParser.parse(
            Array(try Data(contentsOf: URL(fileURLWithPath: directory.file("results.json")))), file: "results.json")
        var answers: [String: Answer] = [:]
        for entry in root.mapValue ?? [] {
            answers[entry.key] = Answer(
                worst: entry.value[key: "worst"]?.doubleValue ?? .infinity,
                scale: entry.value[key: "scale"]?.doubleValue ?? 0, error: entry.value[key: "error"]?.stringValue)
        }
        return answers
    }

    /// Their weights in one of our networks, against their answers.
    func read(_ subject: Subject, _ ending: String, named name: String? = nil) throws -> CheckFile.Outcome {
        let isKeras = ending.contains("keras") || ending.contains("h5"), network = subject.model.network
        let stem = directory.file("\(name ?? subject.name)-\(isKeras ? "keras" : "torch")"), path = stem + ending
        let buffer = FloatBuffer(count: network.parameterCount)
        if isKeras {
            _ = try KerasFile.load(path, into: buffer, of: network, isChecked: true)
        } else {
            try TorchWeights.load(try WeightSource.read(path), into: buffer, of: network)
        }
        return try CheckFile(stem + ".check.safetensors", for: network).compare(
            network, parameters: buffer)
    }
}
