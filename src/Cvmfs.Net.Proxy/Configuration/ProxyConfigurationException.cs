namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>A configuration file cannot be used. The message names file, line and setting, one problem a line.</summary>
public sealed class ProxyConfigurationException : CvmfsException
{
    /// <summary>A problem with an explanation.</summary>
    public ProxyConfigurationException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
