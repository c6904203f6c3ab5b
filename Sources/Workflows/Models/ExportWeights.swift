import Basics
import Foundation
package import Interchange
import ModelBundles
import NeuralNetworks
import Tensors

/// A trained model or policy out in another tool's form, with a check file and, for PyTorch, the module in Python.
package enum ExportWeights {
    /// What was written.
    package struct Exported: Sendable {
        package let parameters: Int
        /// The shape of one sample, as in `12×5`.
        package let input: String
        package let outputs: Int
        /// Names of the files beside the one that was asked for: the check file, and the module.
        package let beside: [String]
    }

    /// Writes the model that a reference stands for; see ``ExchangeWeights/subject(_:session:)``.
    package static func export(
        _ reference: String, format: ExchangeWeights.Format, flatten: FlattenOrder?, to path: String,
        session: Session
    ) throws -> Exported {
        let subject = try ExchangeWeights.subject(reference, session: session)
        return try export(subject, format: format, flatten: flatten ?? .channelsFirst, to: path)
    }

    /// The weights a seed starts from, before any training.
    package static func exportInitial(
        _ model: String, features: Int?, window: Int?, seed: UInt64, format: ExchangeWeights.Format, to path: String,
        caller: Caller
    ) throws -> Exported {
        let network = try DescribeModel.network(model, features: features, window: window, caller: caller)
        let subject = ExchangeWeights.Subject(
            name: "initial", network: network, parameters: network.initialParameters(seed: seed),
            metadata: [("seed", String(seed))], model: nil)
        return try export(subject, format: format, flatten: .channelsFirst, to: path)
    }

    package static func export(
        _ subject: ExchangeWeights.Subject, format: ExchangeWeights.Format, flatten: FlattenOrder, to path: String
    ) throws -> Exported {
        let network = subject.network, metadata = subject.metadata.reduce(into: [:]) { $0[$1.key] = $1.value }
        var beside: [String] = []
        switch format {
        case .onnx:
            let data = try ONNXExporter.model(
                network, parameters: subject.parameters, name: subject.name, metadata: subject.metadata)
            try AtomicFile.write(Array(data), to: path)
        case .safetensors:
            if let model = subject.model {
                try model.write(to: path)
            } else {
                try ExchangeWeights.write(network, subject.parameters, metadata: metadata, to: path)
            }
        case .torch: beside.append(try torch(subject, metadata, flatten: flatten, to: path))
        case .kerasH5, .keras:
            try KerasFile.write(
                network, parameters: subject.parameters, name: subject.name, form: kerasForm(format, path), to: path)
        }
        let check = CheckFile.path(of: path)
        try CheckFile.make(network, parameters: subject.parameters, metadata: ["of": Paths.name(path)]).write(to: check)
        return Exported(
            parameters: network.parameterCount, input: network.input.description, outputs: network.output.count,
            beside: (beside + [check]).map { Paths.name($0) })
    }

    private static func kerasForm(_ format: ExchangeWeights.Format, _ path: String) -> KerasFile.Form {
        format == .keras ? .archive : path.hasSuffix(".weights.h5") ? .weights : .wholeModel
    }

    /// Writes the state dict and the module that takes it; returns the module's path.
    private static func torch(
        _ subject: ExchangeWeights.Subject, _ metadata: [String: String], flatten: FlattenOrder, to path: String
    ) throws -> String {
        func module(_ place: String) throws -> String {
            try TorchModule.text(subject.network, name: subject.name, flatten: flatten, module: place)
        }
        let (file, names) = TorchWeights.export(
            subject.network, parameters: subject.parameters, metadata: metadata, flatten: flatten)
        if path.hasSuffix(".pth") || path.hasSuffix(".pt") {
            try AtomicFile.write(try TorchArchiveWriter.bytes(file, order: names), to: path)
        } else {
            try file.write(to: path)
        }
        let place = try modulePath(beside: path, text: try module("model"))
        try AtomicFile.write(
            try module(String(Paths.name(place).dropLast(".py".count))), to: Paths.join(Paths.parent(path), place))
        return place
    }

    /// The module's name: `model.py`, unless another file of that name is there, somebody's own or of another
    /// architecture.
    ///
    /// A `model.py` that an earlier export to the same file wrote would give these weights another meaning, so it is
    /// replaced.
    private static func modulePath(beside path: String, text: String) throws -> String {
        let plain = Paths.join(Paths.parent(path), "model.py"), own = Paths.name(CheckFile.stem(path)) + "_model.py"
        guard Paths.exists(plain) else { return "model.py" }
        // What cannot be read as a text is none of ours.
        guard let found = try? FileChunks.text(plain) else { return own }
        let isOfThisFile = try found == text || TorchModule.isModule(found) && !others(beside: path)
        return isOfThisFile ? "model.py" : own
    }

    /// Whether weights of PyTorch other than these lie in the directory, to which a module there may belong.
    private static func others(beside path: String) throws -> Bool {
        try Paths.entries(Paths.parent(path)).contains { name in
            name != Paths.name(path) && !name.contains(".check.")
                && [".pth", ".pt", ".safetensors"].contains(where: name.hasSuffix)
        }
    }
}
