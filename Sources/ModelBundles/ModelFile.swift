import Basics
package import NeuralNetworks
package import Tensors

/// Trained weights with their spec in one safetensors file: what training writes and evaluation reads. Not signed.
package struct ModelFile: Sendable {
    /// How inputs are made and outputs are read.
    package var spec: ModelSpec { didSet { specText = spec.json.text(.compact) } }
    /// The spec as the file has it. Kept as it was read: the digest of the file is what verdicts are about, and a later
    /// release may spell an older spec with more keys.
    package private(set) var specText: String
    /// The layers.
    package var network: Network
    /// The weights.
    package var parameters: FloatBuffer

    /// A model in memory.
    package init(spec: ModelSpec, network: Network, parameters: FloatBuffer) {
        self.spec = spec
        specText = spec.json.text(.compact)
        self.network = network
        self.parameters = parameters
    }

    /// A model whose spec stands somewhere as a text.
    ///
    /// - Throws: ``ConfigError``, ``Failure`` where the layers or the tensors do not fit.
    init(specText: String, tensors: SafetensorsFile, place: String) throws {
        spec = try ModelSpec(try JSONParser.parse(specText, file: place), path: "spec")
        self.specText = specText
        network = try spec.network()
        parameters = FloatBuffer(count: network.parameterCount)
        try network.load(tensors, into: parameters)
    }

    /// Everything that ``write(to:)`` writes.
    private var file: SafetensorsFile {
        var file = SafetensorsFile()
        for (name, tensor) in network.tensors(parameters) { file.set(name, tensor) }
        file.metadata = ["format": "hftml-model", "version": "1", "spec": specText]
        return file
    }

    /// SHA-256 of the file, by which the registry and verdicts know the weights. Linear in their size.
    package var digest: String { Digest.sha256(file.bytes()) }

    /// Writes atomically.
    package func write(to path: String) throws { try file.write(to: path) }

    /// - Throws: ``Failure`` and ``ConfigError`` for anything that is no model file.
    package static func read(_ path: String) throws -> ModelFile {
        let file = try SafetensorsFile.read(path)
        guard file.metadata["format"] == "hftml-model", file.metadata["version"] == "1" else {
            throw Failure(
                "model.format", "found no hftml model of version 1 in '\(path)'", hint: "make it with: hftml train")
        }
        return try ModelFile(specText: file.metadata["spec"] ?? "", tensors: file, place: path)
    }
}
