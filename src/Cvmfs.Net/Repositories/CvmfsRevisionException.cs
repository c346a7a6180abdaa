namespace Cvmfs.Net.Repositories;

/// <summary>A revision that was asked for by tag, date or number does not exist.</summary>
public sealed class CvmfsRevisionException : CvmfsException
{
    internal CvmfsRevisionException(string message) : base(message)
    {
    }
}
