import Basics

/// A dense array of 32-bit floats with a shape, row-major: what weight files hold.
///
/// Kernels work on ``FloatBuffer`` ranges; this is the type at the edges.
package struct Tensor: Sendable, Equatable {
    package var shape: [Int]
    package var values: [Float]

    package init(shape: [Int], values: [Float]) {
        precondition(
            shape.reduce(1, *) == values.count, "found \(values.count) values for a tensor of shape \(shape)")
        self.shape = shape
        self.values = values
    }
}
