namespace Cvmfs.Net.Hashing;

/// <summary>The hash algorithms of CernVM-FS. The numbers are frozen: catalogs store the number minus one in their flags.</summary>
public enum HashAlgorithmId : byte
{
    /// <summary>MD5, 16 bytes: path hashes and old blacklist entries only, never a content hash.</summary>
    Md5 = 0,

    /// <summary>SHA-1, 20 bytes, printed without a suffix.</summary>
    Sha1 = 1,

    /// <summary>RIPEMD-160, 20 bytes, printed with "-rmd160".</summary>
    RipeMd160 = 2,

    /// <summary>SHAKE-128 squeezed to 20 bytes, printed with "-shake128".</summary>
    Shake128 = 3,
}
