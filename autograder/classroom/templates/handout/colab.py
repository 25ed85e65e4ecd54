# For Google Colab only: fetches what this notebook needs. Anywhere else it does nothing.
import sys

if "google.colab" in sys.modules:
    import io
    import subprocess
    import urllib.request
    import zipfile

    with urllib.request.urlopen("ADDRESS") as answer:
        zipfile.ZipFile(io.BytesIO(answer.read())).extractall()
    # Colab's own NumPy and Jupyter stay as they are: pip installs only what is not there at all.
    for wheel in ["WHEELS"]:
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", wheel], check=True)
    print("Ready. When you are done: File > Download > Download .ipynb, and on the left, under the folder, download")
    print("every .npz file that was saved. Hand in all of these together.")
