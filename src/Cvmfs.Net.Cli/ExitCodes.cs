using System.Net.Sockets;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Replication.Configuration;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli;

/// <summary>What the process returns. Scripts rely on these numbers; they never change their meaning.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int VerificationFailed = 3;
    public const int UpstreamUnreachable = 4;
    public const int Locked = 5;
    public const int Storage = 6;
    public const int Incomplete = 7;
    public const int HungUp = 129;      // 128 and the number of the signal, as shells count
    public const int Interrupted = 130;
    public const int Terminated = 143;

    /// <summary>The code of a failure that reached the top.</summary>
    public static int Of(Exception exception) => exception switch
    {
        CliException cli => cli.ExitCode,
        ConfigurationException => Failed,
        OperationCanceledException => Interrupted,
        CvmfsTransportException or HttpRequestException or SocketException => UpstreamUnreachable,
        ObjectIntegrityException or CvmfsFormatException or CvmfsTrustException => VerificationFailed,
        FileNotFoundException or DirectoryNotFoundException => Failed,
        UnauthorizedAccessException or IOException => Storage,
        _ => Failed,
    };
}
