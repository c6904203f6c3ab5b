import Basics
package import NeuralNetworks
package import Tensors

/// Trained weights with their spec in one safetensors file: what training writes and evaluation reads. Not signed.
package struct ModelFile: Sendable {
    /// How inputs are made and outputs are read.
    package var spec: ModelSpec
    /// The layers.
    package var network: Network
    /// The weights.
    package var parameters: FloatBuffer

    /// A model in memory.
    package init(spec: ModelSpec, network: Network, parameters: FloatBuffer) {
        self.spec = spec
        self.network = network
        self.parameters = parameters
    }

    /// Writes atomically.
    package func write(to path: String) throws {
        var file = SafetensorsFile()
        for (name, tensor) in network.tensors(parameters) { file.set(name, tensor) }
        file.metadata = ["format": "hftml-model", "version": "1", "spec": spec.json.text(.compact)]
        try file.write(to: path)
    }

    /// - Throws: ``Failure`` and ``ConfigError`` for anything that is no model file.
    package static func read(_ path: String) throws -> ModelFile {
        let file = try SafetensorsFile.read(path)
        guard file.metadata["format"] == "hftml-model", file.metadata["version"] == "1" else {
            throw Failure(
                "model.format", "found no hftml model of version 1 in '\(path)'", hint: "make it with: hftml train")
        }
        let spec = try ModelSpec(try JSONParser.parse(file.metadata["spec"] ?? "", file: path), path: "spec")
        let network = try spec.network()
        let parameters = FloatBuffer(count: network.parameterCount)
        try network.load(file, into: parameters)
        return ModelFile(spec: spec, network: network, parameters: parameters)
    }
}
