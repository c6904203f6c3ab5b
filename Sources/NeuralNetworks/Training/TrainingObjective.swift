package import Tensors

/// What a training step minimises where it is not a loss against the targets of samples: policies and action values.
///
/// Both functions are called by several threads at once, on disjoint parts of a batch; neither may allocate.
package protocol TrainingObjective: AnyObject, Sendable {
    /// Puts the inputs of the items behind each other.
    func gather(_ indices: UnsafeBufferPointer<Int32>, inputs: UnsafeMutablePointer<Float>)

    /// The summed loss of the items, and its gradient with respect to every output.
    ///
    /// - Parameters:
    ///   - outputs: `[B][K]`.
    ///   - gradient: `[B][K]`; every value is to be written.
    func evaluate(
        _ indices: UnsafeBufferPointer<Int32>, outputs: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
        at place: ObjectivePlace
    ) -> Double
}

/// Where in a batch, and on which thread, an objective is evaluated.
package struct ObjectivePlace {
    /// Position in the batch of the first item.
    package let firstSample: Int
    /// Below ``Trainer/workers``; no two threads have the same.
    package let worker: Int
    /// The weights of this step, plain and laid out for kernels.
    package let parameters: FloatBuffer
    /// As ``Network/pack(_:into:)`` laid them out.
    package let packed: FloatBuffer

    /// A place in a batch.
    package init(firstSample: Int, worker: Int, parameters: FloatBuffer, packed: FloatBuffer) {
        (self.firstSample, self.worker, self.parameters, self.packed) = (firstSample, worker, parameters, packed)
    }
}
