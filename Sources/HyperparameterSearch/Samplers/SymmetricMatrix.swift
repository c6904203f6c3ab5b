import Foundation

/// Small dense symmetric matrices, row by row in double precision.
enum SymmetricMatrix {
    static func identity(_ n: Int) -> [Double] { (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 } }

    /// Eigenvalues and eigenvectors (in columns) by cyclic Jacobi rotations (Golub & Van Loan, section 8.5). O(n³) per sweep.
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

    /// The lower triangle L with L·Lᵀ = matrix, in place; false where the matrix is not positive definite.
    static func factor(_ a: inout [Double], _ n: Int) -> Bool {
        a.withUnsafeMutableBufferPointer { a in
            for j in 0..<n {
                var d = a[j * n + j]
                for k in 0..<j { d -= a[j * n + k] * a[j * n + k] }
                guard d > 0, d.isFinite else { return false }
                let root = d.squareRoot()
                a[j * n + j] = root
                for i in j + 1..<max(n, j + 1) {
                    var sum = a[i * n + j]
                    for k in 0..<j { sum -= a[i * n + k] * a[j * n + k] }
                    a[i * n + j] = sum / root
                }
                for k in j + 1..<max(n, j + 1) { a[j * n + k] = 0 }
            }
            return true
        }
    }

    /// x with L·x = b.
    static func solveLower(_ l: [Double], _ n: Int, _ b: inout [Double]) {
        l.withUnsafeBufferPointer { l in
            b.withUnsafeMutableBufferPointer { b in
                for i in 0..<n {
                    var sum = b[i]
                    for k in 0..<i { sum -= l[i * n + k] * b[k] }
                    b[i] = sum / l[i * n + i]
                }
            }
        }
    }

    /// x with Lᵀ·x = b.
    static func solveUpper(_ l: [Double], _ n: Int, _ b: inout [Double]) {
        l.withUnsafeBufferPointer { l in
            b.withUnsafeMutableBufferPointer { b in
                for i in stride(from: n - 1, through: 0, by: -1) {
                    b[i] /= l[i * n + i]
                    for k in 0..<i { b[k] -= l[i * n + k] * b[i] }
                }
            }
        }
    }

    /// (L·Lᵀ)⁻¹.
    static func inverse(_ l: [Double], _ n: Int) -> [Double] {
        var out = [Double](repeating: 0, count: n * n)
        for column in 0..<n {
            var e = [Double](repeating: 0, count: n)
            e[column] = 1
            solveLower(l, n, &e)
            solveUpper(l, n, &e)
            for row in 0..<n { out[row * n + column] = e[row] }
        }
        return out
    }
}
