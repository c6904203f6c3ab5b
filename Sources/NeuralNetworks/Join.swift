package import Basics
import CKernels

/// Where branches of a network meet: several samples of fitting shapes in, one out.
package struct Join: Sendable, Equatable {
    /// How branches are joined.
    package enum Kind: String, CaseIterable, Sendable {
        /// Channels behind each other.
        case concat
        /// The sum: a residual connection.
        case add
        case multiply
        /// The mean: an ensemble.
        case average
    }

    /// How they are joined.
    package let kind: Kind
    /// Shapes of the branches, in the order of `from`.
    package let inputs: [SampleShape]
    package let output: SampleShape

    /// - Throws: ``ConfigError`` that names both shapes where they clash.
    package init(_ kind: Kind, inputs: [SampleShape], path: String, mark: SourceMark?) throws {
        guard let first = inputs.first, inputs.count > 1 else {
            throw ConfigError(
                "found \(inputs.count) sources of '\(path)', expected at least 2", at: mark,
                hint: "name them: from: [a, b]")
        }
        for shape in inputs.dropFirst() {
            let fits = kind == .concat ? shape.time == first.time && shape.width == first.width : shape == first
            guard fits else {
                throw ConfigError(
                    "found the shapes \(first) and \(shape) at '\(path)', which \(kind.rawValue) cannot join", at: mark)
            }
        }
        self.kind = kind
        self.inputs = inputs
        output =
            kind == .concat
            ? SampleShape(time: first.time, width: first.width, channels: inputs.reduce(0) { $0 + $1.channels }) : first
    }

    func forward(batch: Int, sources: UnsafeBufferPointer<UnsafePointer<Float>>, y: UnsafeMutablePointer<Float>) {
        if kind == .concat {
            var at = 0
            for (index, source) in sources.enumerated() {
                let channels = inputs[index].channels
                for row in 0..<batch * output.rows {
                    (y + row * output.channels + at).update(from: source + row * channels, count: channels)
                }
                at += channels
            }
            return
        }
        let count = batch * output.count
        y.update(from: sources[0], count: count)
        for source in sources.dropFirst() {
            if kind == .multiply { for i in 0..<count { y[i] *= source[i] } } else { ck_add(count, source, y) }
        }
        if kind == .average {
            let share = 1 / Float(sources.count)
            for i in 0..<count { y[i] *= share }
        }
    }

    /// Writes the gradient of one source.
    func backward(
        batch: Int, sources: UnsafeBufferPointer<UnsafePointer<Float>>, of index: Int, dy: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>
    ) {
        switch kind {
        case .concat:
            let at = inputs[..<index].reduce(0) { $0 + $1.channels }, channels = inputs[index].channels
            for row in 0..<batch * output.rows {
                (dx + row * channels).update(from: dy + row * output.channels + at, count: channels)
            }
        case .add: dx.update(from: dy, count: batch * output.count)
        case .average:
            let share = 1 / Float(inputs.count)
            for i in 0..<batch * output.count { dx[i] = dy[i] * share }
        case .multiply:
            dx.update(from: dy, count: batch * output.count)
            for (other, source) in sources.enumerated() where other != index {
                for i in 0..<batch * output.count { dx[i] *= source[i] }
            }
        }
    }
}
