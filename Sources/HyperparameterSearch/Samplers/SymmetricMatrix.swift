import Foundation

/// Dense symmetric matrices of a few hundred rows, row by row in double precision.
package enum SymmetricMatrix {
    static func identity(_ n: Int) -> [Double] { (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 } }

    /// Eigenvalues and eigenvectors (in columns) by cyclic Jacobi rotations (Golub & Van Loan, section 8.5). O(n³) per
    /// sweep.
    static func eigen(_ matrix: [Double], _ n: Int) -> (values: [Double], vectors: [Double]) {
        var a = matrix, v = identity(n)
        for _ in 0..<50 {
            var off = 0.0, diagonal = 0.0
            for i in 0..<n {
                diagonal += a[i * n + i] * a[i * n + i]
                for j in 0..<i { off += a[i * n + j] * a[i * n + j] }
            }
            if off <= 1e-28 * max(diagonal, 1e-300) { break }
            for p in 0..<n {
                for q in p + 1..<max(n, p + 1) where a[p * n + q] != 0 {
                    let theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q])
                    let t = (theta >= 0 ? 1.0 : -1.0) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot(), s = t * c
                    for k in 0..<n {
                        let x = a[k * n + p], y = a[k * n + q]
                        a[k * n + p] = c * x - s * y
                        a[k * n + q] = s * x + c * y
                    }
                    for k in 0..<n {
                        let x = a[p * n + k], y = a[q * n + k]
                        a[p * n + k] = c * x - s * y
                        a[q * n + k] = s * x + c * y
                    }
                    for k in 0..<n {
                        let x = v[k * n + p], y = v[k * n + q]
                        v[k * n + p] = c * x - s * y
                        v[k * n + q] = s * x + c * y
                    }
                }
            }
        }
        return ((0..<n).map { a[$0 * n + $0] }, v)
    }

    // MARK: Positive definite matrices
    //
    // Everything below walks along rows, several numbers to an instruction.

    /// The upper triangle U with Uᵀ·U = matrix, in place (Golub & Van Loan, algorithm 4.2.1 by rows), n³/6
    /// multiply-adds; below it stays what was there.
    ///
    /// Only the upper triangle is read.
    /// - Returns: false where the matrix is not positive definite.
    package static func factor(_ a: inout [Double], _ n: Int) -> Bool {
        a.withUnsafeMutableBufferPointer { a in
            guard let a = a.baseAddress else { return n == 0 }
            for k in 0..<n {
                let d = a[k * n + k]
                guard d > 0, d.isFinite else { return false }
                let root = d.squareRoot(), row = a + k * n
                row[k] = root
                for j in k + 1..<max(n, k + 1) { row[j] /= root }
                for i in k + 1..<max(n, k + 1) { Vectors.add(-row[i], row + i, to: a + (i * n + i), n - i) }
            }
            return true
        }
    }

    /// x with Uᵀ·x = b.
    package static func solveLower(_ u: [Double], _ n: Int, _ b: inout [Double]) {
        u.withUnsafeBufferPointer { u in
            b.withUnsafeMutableBufferPointer { b in
                guard let u = u.baseAddress, let b = b.baseAddress else { return }
                for k in 0..<n {
                    b[k] /= u[k * n + k]
                    Vectors.add(-b[k], u + (k * n + k + 1), to: b + (k + 1), n - k - 1)
                }
            }
        }
    }

    /// x with U·x = b.
    package static func solveUpper(_ u: [Double], _ n: Int, _ b: inout [Double]) {
        u.withUnsafeBufferPointer { u in
            b.withUnsafeMutableBufferPointer { b in
                guard let u = u.baseAddress, let b = b.baseAddress else { return }
                for i in stride(from: n - 1, through: 0, by: -1) {
                    b[i] = (b[i] - Vectors.dot(u + (i * n + i + 1), b + (i + 1), n - i - 1)) / u[i * n + i]
                }
            }
        }
    }

    /// The upper triangle of (Uᵀ·U)⁻¹ = U⁻¹·U⁻ᵀ, n³/3 multiply-adds; zero below the diagonal.
    package static func inverse(_ u: [Double], _ n: Int) -> [Double] {
        var v = [Double](repeating: 0, count: n * n), out = v
        u.withUnsafeBufferPointer { u in
            v.withUnsafeMutableBufferPointer { v in
                out.withUnsafeMutableBufferPointer { out in
                    guard let u = u.baseAddress, let v = v.baseAddress, let out = out.baseAddress else { return }
                    for i in stride(from: n - 1, through: 0, by: -1) {
                        let row = v + i * n, scale = 1 / u[i * n + i]
                        for k in i + 1..<max(n, i + 1) {
                            Vectors.add(-u[i * n + k], v + (k * n + k), to: row + k, n - k)
                        }
                        row[i] = 1
                        for k in i..<n { row[k] *= scale }
                    }
                    for i in 0..<n {
                        for j in i..<n { out[i * n + j] = Vectors.dot(v + (i * n + j), v + (j * n + j), n - j) }
                    }
                }
            }
        }
        return out
    }
}
