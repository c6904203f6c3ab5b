import Basics
import CKernels

/// Adds the gradients of all shards in shard order.
enum GradientSum {
    /// - Returns: the sum of squares of the total, for clipping.
    static func run(
        count: Int, shards: Int, gradients: UnsafePointer<Float>, stride: Int, total: UnsafeMutablePointer<Float>
    ) -> Double {
        ck_sum_shards(count, Int32(shards), gradients, stride, total)
    }
}
